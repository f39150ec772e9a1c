import type { FreshDatabase } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { openOrm } from './open-orm.fixture.ts';
import { Plan, plans } from './plans.fixture.ts';
import { tenantry } from './tenantry.ts';

// A process of its own that opens an ORM with the URL of a Redis, and closes nothing but the ORM.
const { database, redisUrl, prefix, task, given } = JSON.parse(process.argv[2] as string) as {
  readonly database: FreshDatabase;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly task: 'look' | 'write';
  readonly given: 'url' | 'function';
};
const orm = await openOrm(database, {
  entities: [Plan] as never,
  extensions: [
    tenantry({ redis: given === 'url' ? redisUrl : () => new Redis(redisUrl), prefix, sync: [[Plan, plans]] }),
  ],
});
await orm.schema.getUpdateSchemaSQL();
if (task === 'write') {
  await orm.schema.create();
  const em = orm.em.fork();
  em.create(Plan, { tenantId: 'acme', slug: 'a' });
  await em.flush();
}
await orm.close();
process.stdout.write('closed\n');
