import { endConnection } from '@tenantry/redis';
import { liveAndClose } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { configStore } from './config-store/config-store.ts';
import { counter, theme } from './configs.fixture.ts';
import { openOrm } from './open-orm.fixture.ts';
import { Plan, plans } from './plans.fixture.ts';
import type { PublishMode } from './publish/commits/commit-publisher.ts';
import { replication } from './replication.ts';
import { tenantry } from './tenantry.ts';
import { writeBack } from './write-back/write-back.ts';

// An application that writes and ends, in a process of its own.
const { database, prefix } = JSON.parse(process.argv[2] as string);
await liveAndClose({
  orm: redisUrl => write(redisUrl, false),
  'orm and write-back': redisUrl => write(redisUrl, true),
  'orm in the background': redisUrl => write(redisUrl, false, 'background'),
});

async function write(redisUrl: string, closesWriteBack: boolean, publish: PublishMode = 'await') {
  const redis = new Redis(redisUrl);
  redis.on('error', () => undefined);
  const orm = await openOrm(database, {
    entities: [Plan],
    extensions: [tenantry({ redis, prefix, publish, sync: [[Plan, plans]], configs: [counter, theme] })],
  });
  const em = orm.em.fork();
  em.create(Plan, { tenantId: 'acme' });
  await em.flush();
  const acme = configStore(orm as never).tenant('acme');
  await acme.set(theme, { color: 'red' });
  await acme.set(counter, { n: 1 }).catch(() => undefined);
  return {
    async close() {
      // In the air when it is closed.
      acme.set(counter, { n: 2 }).catch(() => undefined);
      await replication(orm as never).settled();
      if (closesWriteBack) writeBack(orm as never).close();
      await orm.close();
      endConnection(redis);
    },
  };
}
