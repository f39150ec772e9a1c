import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { carry, type FaultMode, type Faults, type Wire } from './faulty-wire.ts';

export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly mode: FaultMode;
  /** Open connections from clients. */
  readonly connections: number;
  /** How many connections it has accepted so far, those included that it refused. */
  readonly accepted: number;
  /** Switches the mode; what `stall` held back goes the way of the new mode. */
  set(mode: FaultMode): void;
  /** Forwards each chunk this much later, in order, in both directions; 0 ends it. */
  delay(ms: number): void;
  /** Forwards at most so many bytes a second in each direction; `Infinity` ends it. */
  throttle(bytesPerSecond: number): void;
  /** Closes the connections that are open now; new ones are served. */
  cut(): void;
  /** Kills the connections that are open now without telling either end: nothing sent over them arrives any more, in whatever mode. */
  halfOpen(): void;
  /** Swallows the next replies, and closes the connection of each: what was asked for is done, and nobody hears of it. */
  loseReplies(count: number): void;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** Default: a free one. */
  readonly port?: number;
}

/** A TCP proxy in front of a server, that can be told to misbehave. */
export async function startFaultProxy({ target, port = 0 }: FaultProxyOptions): Promise<FaultProxy> {
  const faults: Faults = {
    mode: 'pass',
    delayMs: 0,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    repliesToLose: 0,
    changed: new EventEmitter().setMaxListeners(0),
  };
  const open = new Map<Socket, Wire>();
  let accepted = 0;
  const server = createServer({ noDelay: true }, client => {
    accepted++;
    if (faults.mode === 'refuse') return client.resetAndDestroy();
    const upstream = connect({ ...target, noDelay: true });
    const wire: Wire = { faults, isHalfOpen: false };
    open.set(client, wire);
    client.once('close', () => open.delete(client));
    void carry(client, upstream, 'request', wire);
    void carry(upstream, client, 'reply', wire);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  const cut = (): void => {
    for (const client of open.keys()) client.resetAndDestroy();
  };
  const set = (mode: FaultMode): void => {
    faults.mode = mode;
    if (mode === 'refuse') cut();
    faults.changed.emit('mode');
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
    get accepted() {
      return accepted;
    },
    set,
    delay: ms => {
      faults.delayMs = ms;
    },
    throttle: bytesPerSecond => {
      faults.bytesPerSecond = bytesPerSecond;
    },
    cut,
    halfOpen: () => {
      for (const wire of open.values()) wire.isHalfOpen = true;
    },
    loseReplies: count => {
      faults.repliesToLose = count;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
