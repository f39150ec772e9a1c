import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Answers, respond } from './respond.ts';

/** Bounds of a listener. */
export interface ListenerLimits {
  /** A head that has not come by then is ended; a request that has not come whole, after four times as long. */
  readonly requestTimeoutMs: number;
  /** So long may answers that are under way take after `close()`. */
  readonly closeTimeoutMs: number;
}

/** A server that listens. */
export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Ends it: no new calls; those under way are answered, for as long as they may take. */
  close(): Promise<void>;
}

const MOST_HEADER_BYTES = 16_384;
/** Longer than the 60 s that proxies and load balancers keep a connection: else one may send a call on a connection that is just being closed. */
const KEEP_ALIVE_MS = 65_000;

/** Answers over HTTP/1.1 on this address. Rejects where it cannot be had. */
export async function listen(
  answers: Answers,
  { port, host }: { readonly port: number; readonly host: string },
  limits: ListenerLimits,
): Promise<Listening> {
  const server = createServer({
    maxHeaderSize: MOST_HEADER_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: limits.requestTimeoutMs,
    // The body has bounds of its own, where it is read: a long one may take as long until it is known to be long, then as long for its turn, and as long
    // for the rest. They say which of them it was, and Node would not. Together with the head these are four.
    requestTimeout: 4 * limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.requestTimeoutMs),
  });
  const sockets = new Set<Socket>();
  /** How many answers of each are under way: a caller may ask again before it was answered. */
  const busy = new Map<Socket, number>();
  let closing: Promise<void> | undefined;
  server.on('connection', socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (message, response) => {
    const { socket } = message;
    busy.set(socket, (busy.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const others = (busy.get(socket) ?? 1) - 1;
      if (others > 0) {
        busy.set(socket, others);
        return;
      }
      busy.delete(socket);
      if (closing) socket.end();
    });
    void respond(answers, message, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, family, port: given } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${given}`,
    port: given,
    close: () => {
      closing ??= new Promise(resolve => {
        const timer = setTimeout(() => server.closeAllConnections(), limits.closeTimeoutMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        // Also those that have asked nothing yet: the server itself would wait for their first request.
        for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
      });
      return closing;
    },
  };
}
