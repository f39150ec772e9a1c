import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { eventually } from '@tenantry/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lab, mode, useLab } from '../admin.fixture.ts';
import { toNodeHandler } from './to-node-handler.ts';

useLab();

let server: Http2Server;
let session: ClientHttp2Session;
beforeEach(async () => {
  server = createServer(toNodeHandler(lab.admin)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  session.destroy();
  await new Promise(resolve => server.close(resolve));
});

function ask(method: string, path: string, headers: Record<string, string> = {}, body?: string) {
  const stream = session.request({
    ...{ ':method': method, ':path': path, 'x-user': 'root', 'sec-fetch-site': 'same-origin' },
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...headers,
  });
  stream.setEncoding('utf8');
  stream.end(body);
  return stream;
}

async function answerOf(...asked: Parameters<typeof ask>) {
  const stream = ask(...asked);
  const [head] = await Promise.race([once(stream, 'response'), once(stream, 'close').then(() => [{}])]);
  let text = '';
  for await (const chunk of stream) text += chunk;
  return { status: head[':status'], headers: head, text };
}

it('over HTTP/2 it answers, refuses, and knows what a caller has already, as over HTTP/1.1', async () => {
  const path = '/api/v1/tenants/two/configs/mode';
  const written = await answerOf('PUT', path, { 'if-none-match': '*' }, '{"json":"\\"on\\""}');
  expect(written).toMatchObject({ status: 200, headers: { etag: expect.stringMatching(/^".+"$/) } });
  const read = await answerOf('GET', path);
  expect(JSON.parse(read.text)).toMatchObject({ json: '"on"', version: 1 });
  const { etag } = read.headers;
  expect(await answerOf('GET', path, { 'if-none-match': etag })).toMatchObject({ status: 304, text: '' });
  expect(await answerOf('HEAD', path)).toMatchObject({ status: 200, text: '' });
  const refused = await answerOf('PUT', path, { 'if-none-match': '*' }, '{"json":"\\"off\\""}');
  expect(refused).toMatchObject({ status: 412, headers: { 'content-type': 'application/problem+json' } });
  expect(JSON.parse(refused.text)).toMatchObject({ code: 'CONFLICT', details: { currentVersion: 1 } });
  const long = await answerOf('PUT', path, { 'if-match': '*' }, `{"json":"${'x'.repeat(2_000_000)}"}`);
  expect(long).toMatchObject({ status: 413, headers: { 'content-type': 'application/problem+json' } });
  expect((await answerOf('GET', path)).status).toBe(200);
});

it('over HTTP/2 a stream tells what changes', async () => {
  const stream = ask('GET', '/api/v1/tenants/streams/events', { accept: 'text/event-stream' });
  const [head] = await once(stream, 'response');
  expect(head).toMatchObject({ ':status': 200, 'content-type': expect.stringContaining('text/event-stream') });
  let text = '';
  stream.on('data', chunk => {
    text += chunk;
  });
  await eventually(() => text.includes('event: ready'));
  await lab.store.tenant('streams').set(mode, 'on');
  await eventually(() => expect(text).toMatch(/event: change\ndata: .*"kind":"set"/));
  stream.close();
  await once(stream, 'close');
});
