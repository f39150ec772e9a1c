import { type Grant, grants, replication, tenantry } from '@tenantry/mikro-orm';
import { createClient } from '@tenantry/sdk';
import { aclRules, BUSY_MS, eventually, freshDatabase, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { openOrm } from '../../../packages/mikro-orm/src/system.fixture.ts';
import { defineGrants } from '../../../packages/protocol/src/scopes/define-grants.ts';

// B11: what the admin does. With the rules for readers that docs/guides/security.md tells users to set.
const page = new URL('../../../docs/guides/security.md', import.meta.url);

it('a process that follows the grants reads each change from the database as soon as it is committed', {
  timeout: 180_000,
}, async () => {
  await using database = await freshDatabase();
  const server = await startRedisServer();
  const owner = new Redis(server.url);
  await owner.call('ACL', 'SETUSER', ...(aclRules(page, 'reader', { PASSWORD: 'secret' }) as [string]));
  const open = () =>
    openOrm(database, {
      discovery: { warnWhenNoEntities: false },
      extensions: [tenantry({ redis: owner, admin: true, publishTimeoutMs: 5_000 })],
    });
  const [giving, following] = [await open(), await open()];
  await giving.schema.create();

  const reading = new Redis({ port: server.port, username: 'reader', password: 'secret', disableClientInfo: true });
  const client = await createClient({ redis: reading });
  let held: readonly Grant[] | undefined;
  let heardAt = 0;
  let reads = 0;
  const subscription = client.global.watch(defineGrants()).subscribe(() => {
    heardAt = performance.now();
    const read = ++reads;
    grants(following)
      .all()
      .then(all => {
        // One that was overtaken says what was before.
        if (read === reads) held = all;
      });
  });
  await eventually(() => expect(held).toEqual([]));

  const slowest: number[] = [];
  for (let i = 0; i < 20; i++) {
    const given = await grants(giving).give({ who: `user:${i}`, verbs: ['edit'], scope: 'tenants/acme' });
    await eventually(() => expect(held).toEqual([given]));
    const before = performance.now();
    await grants(giving).take(given.id);
    const committed = performance.now();
    await eventually(() => {
      expect(heardAt).toBeGreaterThan(before);
      expect(held).toEqual([]);
    });
    slowest.push(heardAt - committed);
  }
  // The promise is a second. It is a few ms, and here everything shares two cores.
  expect(slowest.toSorted((a, b) => a - b)[10]).toBeLessThan(1_000 + BUSY_MS);

  subscription.unsubscribe();
  await client.close();
  for (const orm of [giving, following]) {
    await replication(orm).settled();
    await orm.close(true);
  }
  for (const redis of [reading, owner]) redis.disconnect();
  await server.close();
});
