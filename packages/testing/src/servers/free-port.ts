import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that a system gives to connections, and to those who listen on any (Linux from 32,768 on, macOS and Windows from
 * 49,152): with hundreds of both in a second, one of those is often somebody else's by the time at which a server was started on it.
 * Above 10,080, the last that browsers and `fetch` refuse.
 */
const [FIRST, LAST] = [12_000, 32_767] as const;

/** Those of this process, which may not be in use yet. */
const given = new Set<number>();

/** A TCP port on loopback that nobody listened on a moment ago, and that is given to nobody else in this process. */
export async function freePort(): Promise<number> {
  let port: number;
  do port = randomInt(FIRST, LAST + 1);
  while (given.has(port) || !(await isFree(port)));
  given.add(port);
  return port;
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
