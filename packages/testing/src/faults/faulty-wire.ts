import { type EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What happens to connections, those open already and those to come:
 * - `pass`: forwards. · `refuse`: closes all of them, at once. · `stall`: accepts and holds every byte back, both ways,
 *   until another mode lets them go. · `silent`: accepts, swallows every byte, never answers.
 * - `dropReplies`: requests reach the server, its replies are lost.
 */
export type FaultMode = 'pass' | 'refuse' | 'stall' | 'silent' | 'dropReplies';

export interface Faults {
  mode: FaultMode;
  delayMs: number;
  bytesPerSecond: number;
  /** How many of the next replies are swallowed, their connections closed: the request has landed, its answer is lost. */
  repliesToLose: number;
  /** Emits 'mode'. */
  readonly changed: EventEmitter;
}

/** One client's connection. */
export interface Wire {
  readonly faults: Faults;
  /** Dead without a word: what is sent disappears, whatever the mode is later. */
  isHalfOpen: boolean;
}

/** Carries one direction of one connection, until either end closes. */
export async function carry(from: Socket, to: Socket, direction: 'request' | 'reply', wire: Wire): Promise<void> {
  const { faults } = wire;
  const ended = new AbortController();
  for (const end of [from, to]) end.once('close', () => ended.abort());
  let lastForwarded = Promise.resolve();
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      // Not reading on during a stall makes the sender feel it, as it would a server that hangs.
      while (faults.mode === 'stall') await once(faults.changed, 'mode', { signal: ended.signal });
      if (wire.isHalfOpen) continue;
      if (direction === 'reply' && faults.repliesToLose > 0) {
        faults.repliesToLose--;
        throw new Error('this reply is lost');
      }
      if (faults.mode === 'silent' || (faults.mode === 'dropReplies' && direction === 'reply')) continue;
      const due = performance.now() + faults.delayMs;
      lastForwarded = lastForwarded.then(() => forward(chunk, to, due, faults.bytesPerSecond));
      // While delayed, later chunks must be read at once, or each would wait for those before it as well.
      if (faults.delayMs === 0) await lastForwarded;
      else lastForwarded.catch(() => {});
    }
    await lastForwarded;
    to.end();
  } catch {
    // A reset by either end is what this is for; the other end sees one, too.
    if (!to.destroyed) to.resetAndDestroy();
    if (!from.destroyed) from.resetAndDestroy();
  }
}

async function forward(chunk: Buffer, to: Socket, due: number, bytesPerSecond: number): Promise<void> {
  const early = due - performance.now();
  if (early > 0) await pause(early);
  // Fifty portions a second are smooth enough.
  const step = Math.max(1, Math.min(chunk.length, Math.floor(bytesPerSecond / 50)));
  for (let sent = 0; sent < chunk.length && to.writable; sent += step) {
    if (Number.isFinite(bytesPerSecond)) await pause((1000 * step) / bytesPerSecond);
    if (!to.write(chunk.subarray(sent, sent + step))) await Promise.race([once(to, 'drain'), once(to, 'close')]);
  }
}
