import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { problemResponse, toRefused } from '../http/problem.ts';
import { readJsonBody } from '../http/read-body.ts';
import { type Listening, listen } from './listen.ts';
import type { Answers } from './respond.ts';

const LIMITS = { requestTimeoutMs: 20_000, closeTimeoutMs: 20_000 };
const start = (answers: Answers, limits = LIMITS) => listen(answers, { port: 0, host: '127.0.0.1' }, limits);

async function open({ port }: Listening): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes until the other side ends. */
async function allOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function raw(listening: Listening, text: string): Promise<string> {
  const socket = await open(listening);
  socket.write(text);
  return allOf(socket);
}

describe('a listener', () => {
  it('passes on what was asked, from where, and answers it', async () => {
    const listening = await start(async (request, { address }) => {
      const { pathname, search, host } = new URL(request.url);
      const cookies = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['x-y', 'z'],
      ]);
      const body = await request.text();
      return new Response(JSON.stringify({ method: request.method, pathname, search, host, address, body }), {
        headers: cookies,
      });
    });
    const response = await fetch(`${listening.url}/a%2Fb?c=d`, { method: 'POST', body: 'hello' });
    expect(await response.json()).toEqual({
      ...{
        method: 'POST',
        pathname: '/a%2Fb',
        search: '?c=d',
        host: `127.0.0.1:${listening.port}`,
        address: '127.0.0.1',
        body: 'hello',
      },
    });
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect((await fetch(`${listening.url}/`, { method: 'HEAD' })).status).toBe(200);
    await listening.close();
  });

  it.each([
    'GET /a/../b HTTP/1.1\r\nHost: x',
    'GET /a/%2e%2e/b HTTP/1.1\r\nHost: x',
    'GET /a/.%2E/b HTTP/1.1\r\nHost: x',
    'GET /a/%2e./b HTTP/1.1\r\nHost: x',
    'GET /a/%2e HTTP/1.1\r\nHost: x',
    'GET /a\\b HTTP/1.1\r\nHost: x',
    'GET /a#b HTTP/1.1\r\nHost: x',
    'GET /a?b=c#d HTTP/1.1\r\nHost: x',
    'GET //evil.example/a HTTP/1.1\r\nHost: x/y',
    'GET http://evil.example/a HTTP/1.1\r\nHost: x',
    'GET /a HTTP/1.1\r\nHost: x\r\nHost: evil.example',
    'TRACE / HTTP/1.1\r\nHost: x',
    'GET / HTTP/1.1\r\nHost: a b',
  ])('refuses %j, and answers nothing of it', async head => {
    let answered = 0;
    const listening = await start(async () => {
      answered++;
      return new Response('no');
    });
    expect(await raw(listening, `${head}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answered).toBe(0);
    await listening.close();
  });

  it('ends a body that is too long, and answers', async () => {
    const listening = await start(async request => {
      try {
        return Response.json(await readJsonBody(request, { maxBodyBytes: 50, bodyTimeoutMs: 20_000 }));
      } catch (error) {
        return problemResponse(toRefused(error, () => false));
      }
    });
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const socket = await open(listening);
    socket.write(head);
    socket.write(`64\r\n${'x'.repeat(100)}\r\n`);
    expect(await allOf(socket)).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/i);
    await listening.close();
  });

  it('ends a request that has not come whole after four times as long as its head may take, and not before', async () => {
    const requestTimeoutMs = 250;
    const told = Promise.withResolvers<string>();
    const listening = await start(
      async request => {
        await request.text().catch((error: Error) => told.resolve(error.name));
        return new Response('late');
      },
      { ...LIMITS, requestTimeoutMs },
    );
    const socket = await open(listening);
    const begun = performance.now();
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345');
    const answer = await allOf(socket);
    // Timers of Node have whole milliseconds.
    expect(performance.now() - begun).toBeGreaterThan(4 * requestTimeoutMs - 10);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(await told.promise).toBeDefined();
    await listening.close();
  });

  it('keeps a connection for longer than proxies do, and then takes the next call on it', async () => {
    const listening = await start(async () => new Response('yes'));
    const socket = await open(listening);
    const ask = async () => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      return String((await once(socket, 'data'))[0]);
    };
    expect(await ask()).toMatch(/keep-alive: timeout=65/i);
    expect(await ask()).toMatch(/^HTTP\/1\.1 200/);
    socket.destroy();
    await listening.close();
  });

  it('stops what it does for a caller that vanished', async () => {
    const cancelled = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const listening = await start(async request => {
      request.signal.addEventListener('abort', () => aborted.resolve());
      return new Response(
        new ReadableStream({
          start: controller => controller.enqueue(new TextEncoder().encode('first')),
          cancel: () => cancelled.resolve(),
        }),
      );
    });
    const socket = await open(listening);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    await Promise.all([cancelled.promise, aborted.promise]);
    await listening.close();
  });

  it('asks a stream for no more than the caller takes', async () => {
    let given = 0;
    const listening = await start(
      async () =>
        new Response(
          new ReadableStream({ pull: controller => void controller.enqueue(new Uint8Array(64 * 1024).fill(++given)) }),
        ),
    );
    const socket = await open(listening);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => given > 2);
    let before = -1;
    await eventually(() => {
      const stands = given === before;
      before = given;
      return stands;
    });
    // Buffers of both sockets, and not all that there is.
    expect(given).toBeLessThan(400);
    socket.destroy();
    await listening.close();
  });

  it('goes on when a stream of its own breaks', async () => {
    const listening = await start(
      async () => new Response(new ReadableStream({ pull: controller => controller.error(new Error('no')) })),
    );
    await expect(fetch(listening.url).then(response => response.text())).rejects.toThrow();
    await expect(fetch(listening.url).then(response => response.text())).rejects.toThrow();
    await listening.close();
  });

  it('answers what is under way before it closes, and takes nothing new', async () => {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const listening = await start(async () => {
      asked.resolve();
      await go.promise;
      return new Response('done');
    });
    const idle = await open(listening);
    const answer = fetch(listening.url).then(response => response.text());
    await asked.promise;
    const closed = listening.close();
    await expect(fetch(listening.url)).rejects.toThrow();
    go.resolve();
    expect(await answer).toBe('done');
    await closed;
    await listening.close();
    idle.destroy();
  });

  it('answers all that was asked on one connection before it closes', async () => {
    const go = Promise.withResolvers<void>();
    const listening = await start(async request => {
      const { pathname } = new URL(request.url);
      if (pathname === '/slow') await go.promise;
      return new Response(`done ${pathname}`);
    });
    const socket = await open(listening);
    const all = allOf(socket);
    socket.write(['/quick', '/slow'].map(path => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    await once(socket, 'data');
    const closed = listening.close();
    go.resolve();
    expect(await all).toMatch(/done \/quick[\s\S]*done \/slow/);
    await closed;
  });

  it('ends what does not end by itself', async () => {
    const listening = await start(async () => new Response(new ReadableStream()), { ...LIMITS, closeTimeoutMs: 10 });
    const socket = await open(listening);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    const ended = once(socket, 'close');
    await listening.close();
    await ended;
  });

  it('says that a port is taken', async () => {
    const first = await start(async () => new Response());
    await expect(
      listen(async () => new Response(), { port: first.port, host: '127.0.0.1' }, LIMITS),
    ).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await first.close();
  });
});
