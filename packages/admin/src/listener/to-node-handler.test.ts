import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { toNodeHandler } from './to-node-handler.ts';

// Express brings no types of its own.
const express = createRequire(import.meta.url)('express') as {
  (): { use(...parts: unknown[]): RequestListener };
  json(): unknown;
};

const echo = toNodeHandler({
  fetch: async request => Response.json({ path: new URL(request.url).pathname, body: await request.text() }),
});

async function ask(listener: RequestListener, path: string, body: string): Promise<[status: number, body: unknown]> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'PUT', body, headers });
  const answer = await response.json();
  server.close();
  return [response.status, answer];
}

it('has the whole path, also where Express takes away what it is mounted under', async () => {
  const whole = [200, { path: '/admin/a%2Fb', body: '{"a":1}' }];
  expect(await ask(echo, '/admin/a%2Fb', '{"a":1}')).toEqual(whole);
  expect(await ask(express().use('/admin', echo), '/admin/a%2Fb', '{"a":1}')).toEqual(whole);
});

it('says so where something has read the body before it, and waits for nothing', async () => {
  const late: RequestListener = async (message, response) => {
    await json(message);
    await echo(message, response);
  };
  const refused = [500, { code: 'INTERNAL', detail: expect.stringContaining('before the parsers of bodies') }];
  expect(await ask(late, '/', '{}')).toMatchObject(refused);
  expect(await ask(express().use(express.json(), echo), '/', '{}')).toMatchObject(refused);
});
