import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 15 * 60_000;

/**
 * Does what two runs on one machine must not do at the same time, such as installing a package. On Linux only, the one
 * place where we install: the lock is a name in the kernel, which lets go of it however its owner ends.
 */
export async function oneAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') return work();
  const path = `\0tenantry-${process.getuid?.()}-${name}`;
  let lock = await listen(path);
  const deadline = performance.now() + PATIENCE_MS;
  while (!lock) {
    if (performance.now() > deadline)
      throw new Error(`Another run has been at "${name}" for 15 minutes: end it first.`);
    await pause(100);
    lock = await listen(path);
  }
  try {
    return await work();
  } finally {
    lock.close();
    await once(lock, 'close');
  }
}

async function listen(path: string): Promise<Server | undefined> {
  const server = createServer().unref();
  try {
    await once(server.listen(path), 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
