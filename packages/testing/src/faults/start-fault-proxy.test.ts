import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { type FaultProxy, startFaultProxy } from './start-fault-proxy.ts';

let server: Server;
let proxy: FaultProxy;
/** What the server was sent, over all connections. */
let received: string;

beforeEach(async () => {
  received = '';
  server = createServer(socket => {
    socket.on('error', () => {});
    socket.on('data', data => {
      received += data;
      socket.write(`<${data}>`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } });
});

afterEach(async () => {
  await proxy.close();
  await new Promise(resolve => server.close(resolve));
});

interface Client {
  readonly socket: Socket;
  heard: string;
  closed: boolean;
}

/** A client that the proxy serves, too: a socket is connected as soon as the kernel has taken it. */
async function client(): Promise<Client> {
  const { accepted } = proxy;
  const socket = connect(proxy.port, proxy.host);
  const state: Client = { socket, heard: '', closed: false };
  socket.on('error', () => {});
  socket.on('data', data => {
    state.heard += data;
  });
  socket.on('close', () => {
    state.closed = true;
  });
  await once(socket, 'connect');
  await eventually(() => expect(proxy.accepted).toBeGreaterThan(accepted));
  return state;
}

/** Long enough that a byte that is coming would have come; in turns as well, because a process that stood still has its timers before its bytes. */
async function aWhile(): Promise<void> {
  await pause(50);
  for (let i = 0; i < 20; i++) await turn();
}

it('forwards both ways, and knows how many it serves', async () => {
  const one = await client();
  one.socket.write('hi');
  await eventually(() => expect(one.heard).toBe('<hi>'));
  expect(proxy.connections).toBe(1);
  one.socket.end();
  await eventually(() => proxy.connections === 0);
});

it('holds everything back during a stall, and loses nothing of it', async () => {
  const before = await client();
  proxy.set('stall');
  const during = await client();
  before.socket.write('a');
  during.socket.write('b');
  await aWhile();
  expect([received, before.heard, during.heard]).toEqual(['', '', '']);
  proxy.set('pass');
  await eventually(() => expect([before.heard, during.heard]).toEqual(['<a>', '<b>']));
});

it('lets go of a client that leaves during a stall', async () => {
  const one = await client();
  proxy.set('stall');
  one.socket.write('a');
  await aWhile();
  proxy.cut();
  await eventually(() => one.closed && proxy.connections === 0);
  await eventually(async () => expect(await connectionsOf(server)).toBe(0));
});

it('refuses: ends what is open, and what comes', async () => {
  const before = await client();
  proxy.set('refuse');
  await eventually(() => before.closed);
  const during = await client().catch(() => undefined);
  await eventually(() => during === undefined || during.closed);
});

it('is silent: open, but nothing arrives anywhere, not even afterwards', async () => {
  proxy.set('silent');
  const one = await client();
  one.socket.write('lost');
  await aWhile();
  proxy.set('pass');
  one.socket.write('found');
  await eventually(() => expect(one.heard).toBe('<found>'));
  expect(received).toBe('found');
});

it('drops replies to requests that did arrive', async () => {
  proxy.set('dropReplies');
  const one = await client();
  one.socket.write('done?');
  await eventually(() => expect(received).toBe('done?'));
  await aWhile();
  expect(one.heard).toBe('');
});

it('delays each way, in order and without adding up', async () => {
  const one = await client();
  // Long, beside what a busy machine adds.
  proxy.delay(500);
  const started = performance.now();
  for (const word of ['1', '2', '3', '4', '5']) {
    one.socket.write(word);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  await eventually(() => expect(one.heard.replaceAll(/[<>]/g, '')).toBe('12345'));
  const took = performance.now() - started;
  expect(took).toBeGreaterThan(995);
  expect(took).toBeLessThan(5 * 2 * 500);
});

it('throttles', async () => {
  const one = await client();
  proxy.throttle(10_000);
  const started = performance.now();
  one.socket.write('x'.repeat(1000));
  await eventually(() => expect(received).toHaveLength(1000));
  expect(performance.now() - started).toBeGreaterThan(90);
});

it('cuts what is open and serves what comes', async () => {
  const before = await client();
  proxy.cut();
  await eventually(() => before.closed);
  const after = await client();
  after.socket.write('again');
  await eventually(() => expect(after.heard).toBe('<again>'));
});

function connectionsOf(of: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    of.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}

it('loses a reply whose request has landed, and closes that connection', async () => {
  const one = await client();
  proxy.loseReplies(1);
  one.socket.write('a');
  await eventually(() => expect([received, one.heard, one.closed]).toEqual(['a', '', true]));
  const two = await client();
  two.socket.write('b');
  await eventually(() => expect(two.heard).toBe('<b>'));
});

it('leaves a connection half open for good, and serves new ones', async () => {
  const one = await client();
  proxy.halfOpen();
  one.socket.write('a');
  const two = await client();
  two.socket.write('b');
  await eventually(() => expect(two.heard).toBe('<b>'));
  proxy.set('pass');
  await aWhile();
  expect([received, one.heard, one.closed]).toEqual(['b', '', false]);
});
