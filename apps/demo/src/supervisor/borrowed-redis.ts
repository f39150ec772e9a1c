import { startFaultProxy } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { addressOf, atAddress, type DemoRedis } from './demo-redis.ts';

/** Somebody's Redis behind a proxy: outages are the proxy's, and only names with the demo's prefix are ever removed. */
export async function borrowRedis(url: string, prefix: string): Promise<DemoRedis> {
  if (new URL(url).protocol !== 'redis:')
    throw new Error('The demo puts a proxy before the given Redis, which TLS would not bear: it needs a redis:// URL');
  const proxy = await startFaultProxy({ target: addressOf(url) });
  const removeOurs = () => removeByPrefix(url, prefix);
  // What an earlier run left would be newer than a database that began anew.
  await removeOurs();
  return {
    url: atAddress(url, proxy),
    inspectUrl: url,
    origin: 'the given one, behind a proxy',
    get isReachable() {
      return proxy.mode === 'pass';
    },
    stop: async () => proxy.set('refuse'),
    async start({ wipe = false } = {}) {
      if (wipe) await removeOurs();
      proxy.set('pass');
    },
    async close() {
      await proxy.close();
      await removeOurs();
    },
  };
}

async function removeByPrefix(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 1000 })) {
      if (keys.length > 0) await redis.unlink(...(keys as string[]));
    }
  } finally {
    redis.disconnect();
  }
}
