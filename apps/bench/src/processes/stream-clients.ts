// The other process of the benchmark of the admin: has many streams of events open, and says when each has heard what.
import { connect, type Socket } from 'node:net';

const [port = '', user = ''] = process.argv.slice(2);
const now = () => performance.timeOrigin + performance.now();
const sockets: Socket[] = [];
/** When each stream heard of a version. */
const heard = new Map<number, number[]>();

function open(scope: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1');
    sockets.push(socket);
    socket.setEncoding('latin1').once('error', reject);
    socket.write(`GET /api/v1/${scope}/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${user}\r\n\r\n`);
    let rest = '';
    socket.on('data', (text: string) => {
      rest += text;
      if (rest.includes('event: ready')) resolve();
      for (const [, version] of rest.matchAll(/event: change\ndata: [^\n]*"version":(\d+)/g)) hear(Number(version));
      rest = rest.slice(rest.lastIndexOf('\n\n') + 1);
    });
  });
}

function hear(version: number): void {
  const times = heard.get(version) ?? [];
  heard.set(version, times);
  times.push(now());
  if (times.length < sockets.length) return;
  heard.delete(version);
  process.send?.(['heard', version, times]);
}

process.on('message', async ([count, scope]: [number, string]) => {
  // Some at a time: the listener's backlog is bounded.
  while (sockets.length < count)
    await Promise.all(Array.from({ length: Math.min(50, count - sockets.length) }, () => open(scope)));
  process.send?.(['open', sockets.length]);
});
process.send?.(['ready']);
