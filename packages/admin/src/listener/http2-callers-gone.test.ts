import { once } from 'node:events';
import { type ClientHttp2Stream, connect, constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { eventually } from '@tenantry/testing';
import { expect, it, onTestFinished } from 'vitest';
import { Outlet } from '../events/outlet.ts';
import type { Answers } from './respond.ts';
import { toNodeHandler } from './to-node-handler.ts';

/** Asks a server of HTTP/2 that answers so. */
async function ask(fetch: Answers): Promise<ClientHttp2Stream> {
  const server = createServer(toNodeHandler({ fetch })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    session.destroy();
    await new Promise(resolve => server.close(resolve));
  });
  return session.request({ ':path': '/' });
}

/** An answer that is made once its caller has gone, and only then. */
async function goneBefore(makeAnswer: () => Response): Promise<void> {
  const asked = Promise.withResolvers<AbortSignal>();
  const stream = await ask(async ({ signal }) => {
    asked.resolve(signal);
    await once(signal, 'abort');
    return makeAnswer();
  });
  await asked.promise;
  stream.close(constants.NGHTTP2_CANCEL);
}

it('over HTTP/2 whoever goes before the answer takes it with them: what would be told, and what would be sent', async () => {
  let ended = 0;
  await goneBefore(() => {
    const outlet = new Outlet({ mostBytes: 1_000, textOf: event => event, onEnd: () => void ended++ });
    return new Response(outlet.body);
  });
  await eventually(() => expect(ended).toBe(1));
  let cancelled = 0;
  await goneBefore(() => new Response(new ReadableStream({ cancel: () => void cancelled++ })));
  await eventually(() => expect(cancelled).toBe(1));
});

it('over HTTP/2 whoever goes while the answer comes ends it', async () => {
  let ended = 0;
  const outlet = new Outlet({ mostBytes: 1_000, textOf: event => event, onEnd: () => void ended++ });
  const told = await ask(async () => new Response(outlet.body));
  await once(told, 'response');
  told.close(constants.NGHTTP2_CANCEL);
  await eventually(() => expect(ended).toBe(1));
  let cancelled = 0;
  const endless = { pull: (to: ReadableStreamDefaultController) => to.enqueue(new Uint8Array(65_536)) };
  const sent = await ask(async () => new Response(new ReadableStream({ ...endless, cancel: () => void cancelled++ })));
  await once(sent, 'response');
  sent.close(constants.NGHTTP2_CANCEL);
  await eventually(() => expect(cancelled).toBe(1));
});

it('over HTTP/2 the signal of a call that was answered stays as it was', async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  const stream = await ask(async ({ signal }) => {
    asked.resolve(signal);
    return new Response('whole');
  });
  stream.resume();
  await once(stream, 'close');
  expect((await asked.promise).aborted).toBe(false);
});
