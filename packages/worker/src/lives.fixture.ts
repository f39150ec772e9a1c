import { configStore, tenantry } from '@tenantry/mikro-orm';
import { endConnection } from '@tenantry/redis';
import { eventually, liveAndClose } from '@tenantry/testing';
import { workerSource } from '@tenantry/worker-source';
import { Redis } from 'ioredis';
import { counter, limit } from '../../mikro-orm/src/configs.fixture.ts';
import { openOrm } from '../../mikro-orm/src/open-orm.fixture.ts';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { startWorker } from './start-worker.ts';

// Everything of this package that has a life, in a process of its own.
const { database, prefix } = JSON.parse(process.argv[2] as string);
await liveAndClose({
  async worker(redisUrl) {
    const redis = connect(redisUrl);
    const orm = await openOrm(database, {
      entities: [Plan],
      extensions: [tenantry({ redis, prefix, sync: [[Plan, plans]], configs: [counter, limit], relayGraceMs: 50 })],
    });
    const worker = await startWorker({ orm: orm as never, redis, closeTimeoutMs: 1_000 });
    // Something is written back, where it can be.
    await configStore(orm as never)
      .tenant('acme')
      .set(counter, { n: 1 })
      .catch(() => undefined);
    // BullMQ waits for a job: that is the command which a lost or silent Redis never answers.
    if (redis.status === 'ready') {
      const isBlocked = (client: string) => client.includes(`name=${prefix}:`) && client.includes('cmd=bzpopmin');
      await eventually(
        async () =>
          String(await redis.client('LIST'))
            .split('\n')
            .some(isBlocked),
        { timeoutMs: 20_000 },
      );
    }
    return {
      async close() {
        await worker.close();
        endConnection(redis);
        await orm.close();
      },
    };
  },
  async 'worker source'(redisUrl) {
    const redis = connect(redisUrl);
    const source = workerSource({ redis, prefix });
    await source.load('acme', [limit]).catch(() => undefined);
    return {
      async close() {
        // In the air when it is closed.
        source.load('acme', [limit]).catch(() => undefined);
        await source.close();
        endConnection(redis);
      },
    };
  },
});

function connect(redisUrl: string): Redis {
  const redis = new Redis(redisUrl);
  redis.on('error', () => undefined);
  return redis;
}
