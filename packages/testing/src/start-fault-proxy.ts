import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { carry, type FaultMode, type Faults } from './faulty-wire.ts';

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
  const faults: Faults = {
    mode: 'pass',
    delayMs: 0,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    changed: new EventEmitter().setMaxListeners(0),
  };
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
