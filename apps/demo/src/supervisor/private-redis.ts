import { startRedisServer } from '@tenantry/testing';
import type { DemoRedis } from './demo-redis.ts';

/** A Redis server of the demo's own, that is really ended and started. */
export async function startPrivateRedis(onProgress: (line: string) => void): Promise<DemoRedis> {
  // With an append-only file, so that there is a difference between a restart and a loss.
  const server = await startRedisServer({ appendOnly: 'everysec', onProgress });
  let isReachable = true;
  return {
    url: server.url,
    inspectUrl: server.url,
    origin: 'a server of its own',
    get isReachable() {
      return isReachable;
    },
    async stop() {
      isReachable = false;
      await server.stop();
    },
    async start({ wipe = false } = {}) {
      await server.start({ wipe });
      isReachable = true;
    },
    close: () => server.close(),
  };
}
