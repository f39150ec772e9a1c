import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { Connection } from '../auth/auth.ts';
import { problemResponse } from '../http/problem.ts';
import { Refused } from '../http/refused.ts';

/** Answers a request; never rejects. */
export type Answers = (request: Request, connection: Connection) => Promise<Response>;

/** Bounds of a listener. */
export interface ListenerLimits {
  /** A request that has not come whole by then is ended. */
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

/** Answers over HTTP/1.1 on this address. Rejects where it cannot be had. */
export async function listen(
  answers: Answers,
  { port, host }: { readonly port: number; readonly host: string },
  limits: ListenerLimits,
): Promise<Listening> {
  const server = createServer({
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: limits.requestTimeoutMs,
    // The body has a bound of its own, where it is read.
    requestTimeout: 2 * limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.requestTimeoutMs),
  });
  const sockets = new Set<Socket>();
  const busy = new Set<Socket>();
  let closing: Promise<void> | undefined;
  server.on('connection', socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (message, response) => {
    const { socket } = message;
    busy.add(socket);
    response.once('close', () => {
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

async function respond(answers: Answers, message: IncomingMessage, target: ServerResponse): Promise<void> {
  const gone = new AbortController();
  target.once('close', () => gone.abort());
  // Without a listener an error of a socket that vanished would end the process.
  target.on('error', () => gone.abort());
  message.on('error', () => gone.abort());
  try {
    const request = toRequest(message, gone.signal);
    const { remoteAddress } = message.socket;
    const response =
      request instanceof Refused
        ? problemResponse(request)
        : await answers(request, remoteAddress === undefined ? {} : { address: remoteAddress });
    await send(response, message, target);
  } catch {
    // The caller is gone, or a stream of ours has failed after its head was sent: there is nobody to tell.
    target.destroy();
  }
}

const WITHOUT_BODY = new Set(['GET', 'HEAD']);

function toRequest(message: IncomingMessage, signal: AbortSignal): Request | Refused {
  const { method = 'GET', url = '', headers, socket } = message;
  const protocol = 'encrypted' in socket ? 'https' : 'http';
  const host = headers.host ?? 'localhost';
  // A parser of URLs mends what should be refused: `..`, `\`, characters that are no ASCII.
  const [path = ''] = url.split('?');
  const isPlain = /^\/[\x21-\x7e]*$/.test(url) && !/[\\#]|\/\.{1,2}(\/|$)|%2e%2e|%5c/i.test(path);
  if (!isPlain) return new Refused(400, 'NOT_CANONICAL', 'The path is not written in its one form.');
  if (!/^[A-Za-z0-9.:[\]_-]+$/.test(host)) return new Refused(400, 'NOT_CANONICAL', 'The host is none.');
  if (method === 'TRACE' || method === 'CONNECT' || method === 'TRACK')
    return new Refused(405, 'METHOD_NOT_ALLOWED', 'This method is not taken.');
  const all = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct))
    for (const value of values ?? []) if (!name.startsWith(':')) all.append(name, value);
  const body = WITHOUT_BODY.has(method) ? undefined : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  const init = { method, headers: all, signal, ...(body && { body, duplex: 'half' }) };
  try {
    return new Request(`${protocol}://${host}${url}`, init as RequestInit);
  } catch {
    return new Refused(400, 'NOT_CANONICAL', 'The request is none that can be answered.');
  }
}

async function send(response: Response, message: IncomingMessage, target: ServerResponse): Promise<void> {
  if (target.destroyed) {
    await response.body?.cancel();
    return;
  }
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  // What was not read of the request would else be taken for the next one.
  if (!message.complete) headers.connection = 'close';
  target.writeHead(response.status, headers);
  if (!response.body) {
    target.end();
    return;
  }
  await pipe(response.body, target);
}

/** As fast as the caller takes it, and no longer than the caller is there. */
async function pipe(body: ReadableStream<Uint8Array>, target: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  target.once('close', cancel);
  try {
    target.flushHeaders();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || target.destroyed) break;
      if (!target.write(value)) await drained(target);
    }
  } finally {
    target.off('close', cancel);
  }
  target.end();
}

function drained(target: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      target.off('drain', done);
      target.off('close', done);
      resolve();
    };
    target.once('drain', done);
    target.once('close', done);
  });
}
