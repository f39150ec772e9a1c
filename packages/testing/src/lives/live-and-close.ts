import { once } from 'node:events';
import { Socket } from 'node:net';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';

/** Something that is started with this Redis, does some of its work, and is closed with all it opened. */
export type Life = (redisUrl: string) => Promise<{ close(): Promise<void> }>;

/** What a parent says: begin this life; close it; there are no more. */
export type LifeOrder = { readonly start: string; readonly redisUrl: string } | 'close' | 'end';

/** What it is told. */
export type LifeNews =
  | { readonly started: string }
  | {
      /** What `close()` took. */
      readonly closedMs: number;
      /** What still holds the process, by Node's names for it: nothing but what held it before. */
      readonly held: readonly string[];
    };

/** So many turns of the event loop, and a millisecond: what has been ended is gone by then, and no timer that lasts has come. */
const TURNS = 20;
const PATIENCE_MS = 1_000;

/** The script of a process that `closeLives` starts: goes through lives as it is told, and must then end by itself. */
export async function liveAndClose(lives: Readonly<Record<string, Life>>): Promise<void> {
  const hear = async (): Promise<LifeOrder> => (await once(process, 'message'))[0] as LifeOrder;
  const tell = (news: LifeNews) => new Promise<void>(resolve => process.send?.(news, () => resolve()));
  for (let order = await hear(); order !== 'end'; order = await hear()) {
    if (order === 'close') throw new Error('Nothing is started that could be closed.');
    const life = await (lives[order.start] as Life)(order.redisUrl);
    const closing = hear();
    await tell({ started: order.start });
    await closing;
    const startedAt = performance.now();
    await life.close();
    const closedMs = Math.round(performance.now() - startedAt);
    for (let i = 0; i < TURNS; i++) await turn();
    // BullMQ says that it is ready with a timer of 0 ms, which is 1 ms to Node: this one comes after all of those.
    await delay(1);
    // A timer that is there now is one too many. A database may take a moment to say that a socket is closed.
    const timers = holders().filter(name => name === 'Timeout');
    const others = () => holders().filter(name => name !== 'Timeout');
    const patience = AbortSignal.timeout(PATIENCE_MS);
    while (others().length > 0 && !patience.aborted) await turn();
    const held = others();
    await tell({ closedMs, held: [...timers, ...held, ...(held.length > 0 ? sockets() : [])] });
  }
  process.disconnect();
}

function holders(): string[] {
  // The channel to the parent and the standard streams are pipes; of ours nothing is.
  return process.getActiveResourcesInfo().filter(name => !OF_NODE.includes(name));
}

/** Where the sockets lead that are open, for whoever has to find out whose they are. Node has no documented word for it. */
function sockets(): string[] {
  const { _getActiveHandles: handles } = process as unknown as { readonly _getActiveHandles?: () => unknown[] };
  return (handles?.call(process) ?? []).flatMap(handle =>
    handle instanceof Socket && handle.remotePort !== undefined
      ? `to port ${handle.remotePort}: ${handle.readyState}, ${handle.bytesWritten} bytes sent, ${handle.bytesRead} read`
      : [],
  );
}

const OF_NODE: readonly string[] = ['PipeWrap', 'TTYWrap', 'Immediate'];
