import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Connection } from '../auth/auth.ts';
import { type Outlet, outletOf } from '../events/outlet.ts';
import { problemResponse } from '../http/problem.ts';
import { Refused } from '../http/refused.ts';
import { headersOf, hostsOf } from './headers-of.ts';

/** Answers a request; never rejects. */
export type Answers = (request: Request, connection: Connection) => Promise<Response>;

/** Answers one request of Node's HTTP server: no faster than the caller takes it, and no longer than the caller is there. Never rejects. */
export async function respond(answers: Answers, message: IncomingMessage, target: ServerResponse): Promise<void> {
  const gone = new AbortController();
  // An abort costs more than the rest of this: nobody waits for one after the answer.
  // And of HTTP/2 whatever is closed counts as finished, also what its caller went away from.
  target.once('close', () => (target.writableEnded && target.writableFinished) || gone.abort());
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
  const { method = 'GET', socket } = message;
  const url = urlOf(message);
  const protocol = 'encrypted' in socket ? 'https' : 'http';
  const [host = 'localhost', ...others] = hostsOf(message);
  // A parser of URLs mends what should be refused: `..`, also where some of it is written as `%2e`, `\`, a `#`, characters that are no ASCII.
  const [path = ''] = url.split('?');
  const isPlain = /^\/[\x21\x22\x24-\x7e]*$/.test(url) && !/\\|\/(\.|%2e){1,2}(\/|$)/i.test(path);
  if (!isPlain) return new Refused(400, 'NOT_CANONICAL', 'The path is not written in its one form.');
  // Two of them: a proxy may have looked at the other one.
  if (others.length > 0 || !/^[A-Za-z0-9.:[\]_-]+$/.test(host))
    return new Refused(400, 'NOT_CANONICAL', 'The host is none.');
  if (method === 'TRACE' || method === 'CONNECT' || method === 'TRACK')
    return new Refused(405, 'METHOD_NOT_ALLOWED', 'This method is not taken.');
  if (!WITHOUT_BODY.has(method) && message.readableDidRead)
    return new Refused(
      500,
      'INTERNAL',
      'Something has read the body before the admin did: mount the admin before the parsers of bodies.',
    );
  const body = WITHOUT_BODY.has(method) ? undefined : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  const init = { method, headers: headersOf(message), signal, ...(body && { body, duplex: 'half' }) };
  try {
    return new Request(`${protocol}://${host}${url}`, init as RequestInit);
  } catch {
    return new Refused(400, 'NOT_CANONICAL', 'The request is none that can be answered.');
  }
}

/** Express takes away from `url` the path that a handler is mounted under, and keeps the whole. */
function urlOf(message: IncomingMessage & { readonly originalUrl?: unknown }): string {
  const { originalUrl, url = '' } = message;
  return typeof originalUrl === 'string' ? originalUrl : url;
}

async function send(response: Response, message: IncomingMessage, target: ServerResponse): Promise<void> {
  if (isGone(target)) {
    await response.body?.cancel();
    return;
  }
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  // What was not read of the request would else be taken for the next one.
  if (!message.complete && message.httpVersionMajor === 1) headers.connection = 'close';
  const outlet = response.body ? outletOf(response.body) : undefined;
  if (outlet) return pass(outlet, headers, message, target);
  target.writeHead(response.status, headers);
  if (response.body) await pipe(response.body, target);
  else target.end();
}

/** Whether nobody takes the answer any more. One of HTTP/2 does not say so itself: its stream does. */
function isGone(target: ServerResponse & { readonly stream?: { readonly destroyed: boolean } }): boolean {
  return target.destroyed || target.stream?.destroyed === true;
}

/** Events go to the socket as they are made. */
function pass(
  outlet: Outlet,
  headers: Record<string, string | string[]>,
  { httpVersionMajor }: IncomingMessage,
  target: ServerResponse,
): void {
  const { socket } = target;
  target.once('close', () => outlet.leave());
  if (httpVersionMajor !== 1 || !socket) {
    target.writeHead(200, headers);
    outlet.passTo(target);
    return;
  }
  // Without the frames of chunks, so that the bytes of an event are the same for all: the stream ends with its connection. And past the answer, which
  // would hold back the first stream's event until the last one has its own.
  target.removeHeader('transfer-encoding');
  target.writeHead(200, { ...headers, connection: 'close' });
  target.flushHeaders();
  outlet.passTo({
    get writableLength() {
      return socket.writableLength;
    },
    write: chunk => socket.write(chunk),
    end: () => target.end(),
  });
}

/** As fast as the caller takes it, and no longer than the caller is there. */
async function pipe(body: ReadableStream<Uint8Array>, target: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  target.once('close', cancel);
  // The head goes together with what is there at once, or else first.
  const head = setImmediate(() => target.flushHeaders());
  try {
    for (;;) {
      const { done, value } = await reader.read();
      clearImmediate(head);
      if (done || isGone(target)) break;
      if (!target.write(value)) await drained(target);
    }
  } finally {
    clearImmediate(head);
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
