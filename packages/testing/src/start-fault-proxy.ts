import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What the proxy does to connections, those open already and those to come:
 * - `pass`: forwards. · `refuse`: closes all of them, at once. · `stall`: accepts and holds every byte back, both ways,
 *   until another mode lets them go. · `silent`: accepts, swallows every byte, never answers.
 * - `dropReplies`: requests reach the server, its replies are lost.
 */
export type FaultMode = 'pass' | 'refuse' | 'stall' | 'silent' | 'dropReplies';

export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly mode: FaultMode;
  /** Open connections from clients. */
  readonly connections: number;
  /** Switches the mode; what `stall` held back goes the way of the new mode. */
  set(mode: FaultMode): void;
  /** Forwards each chunk this much later, in order, in both directions; 0 ends it. */
  delay(ms: number): void;
  /** Forwards at most so many bytes a second in each direction; `Infinity` ends it. */
  throttle(bytesPerSecond: number): void;
  /** Closes the connections that are open now; new ones are served. */
  cut(): void;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** Default: a free one. */
  readonly port?: number;
}

/** A TCP proxy in front of a server, that can be told to misbehave. */
export async function startFaultProxy({ target, port = 0 }: FaultProxyOptions): Promise<FaultProxy> {
  const faults: Faults = { mode: 'pass', delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY, released: [] };
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, client => {
    if (faults.mode === 'refuse') return client.resetAndDestroy();
    const upstream = connect({ ...target, noDelay: true });
    open.add(client);
    client.once('close', () => open.delete(client));
    void carry(client, upstream, 'request', faults);
    void carry(upstream, client, 'reply', faults);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  const cut = (): void => {
    for (const client of open) client.resetAndDestroy();
  };
  const set = (mode: FaultMode): void => {
    faults.mode = mode;
    if (mode === 'refuse') cut();
    if (mode !== 'stall') for (const release of faults.released.splice(0)) release();
  };
  const close = async (): Promise<void> => {
    set('refuse');
    if (server.listening) await new Promise(resolve => server.close(resolve));
  };
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    get mode() {
      return faults.mode;
    },
    get connections() {
      return open.size;
    },
    set,
    delay: ms => {
      faults.delayMs = ms;
    },
    throttle: bytesPerSecond => {
      faults.bytesPerSecond = bytesPerSecond;
    },
    cut,
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Faults {
  mode: FaultMode;
  delayMs: number;
  bytesPerSecond: number;
  /** Whoever waits for the end of a stall. */
  readonly released: (() => void)[];
}

/** Carries one direction of one connection, until either end closes. */
async function carry(from: Socket, to: Socket, direction: 'request' | 'reply', faults: Faults): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      while (faults.mode === 'stall') await new Promise<void>(resolve => faults.released.push(resolve));
      const lost = faults.mode === 'silent' || (faults.mode === 'dropReplies' && direction === 'reply');
      if (!lost) await forward(chunk, to, faults);
    }
  } catch {
    // A reset by either end is what this proxy is for.
  }
  from.destroy();
  to.destroy();
}

async function forward(chunk: Buffer, to: Socket, { delayMs, bytesPerSecond }: Faults): Promise<void> {
  if (delayMs > 0) await pause(delayMs);
  const step = Math.max(1, Math.min(chunk.length, Math.floor(bytesPerSecond / 50)));
  for (let sent = 0; sent < chunk.length; sent += step) {
    if (Number.isFinite(bytesPerSecond)) await pause((1000 * step) / bytesPerSecond);
    if (!to.writable) return;
    if (!to.write(chunk.subarray(sent, sent + step))) await once(to, 'drain');
  }
}
