import { endConnection } from '@tenantry/redis';
import { liveAndClose } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { createClient } from './create-client.ts';
import { planById } from './world.fixture.ts';

// A client with its default patience, in a process of its own.
const prefix = process.argv[2] as string;
await liveAndClose({
  'client of a url': redisUrl => watch(redisUrl),
  async 'client of a connection'(redisUrl) {
    const redis = new Redis(redisUrl);
    redis.on('error', () => undefined);
    const client = await watch(redis);
    return {
      async close() {
        await client.close();
        endConnection(redis);
      },
    };
  },
});

async function watch(redis: Redis | string) {
  const client = await createClient({ redis, prefix });
  const acme = client.tenant('acme');
  acme.watch(planById(1)).subscribe();
  await acme.get(planById(1)).catch(() => undefined);
  return {
    async close() {
      // In the air when it is closed.
      acme.get(planById(2)).catch(() => undefined);
      await client.close();
    },
  };
}
