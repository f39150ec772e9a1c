import { defineConfig } from '@tenantry/protocol';
import { freshDatabase, freshPrefix } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configStore } from '../config-store/config-store.ts';
import { replication } from '../replication.ts';
import { openOrm } from '../system.fixture.ts';
import { tenantry } from '../tenantry.ts';

const smartFeature = defineConfig({
  name: 'smart-feature',
  schema: z.object({ mode: z.enum(['off', 'on']) }),
  cacheTimeout: '30s',
  databaseTimeout: '60s',
});

describe.each([
  ['no `entities`', {}],
  ['`entities: []`', { entities: [] }],
])('an application with %s', (_, options) => {
  it('has configs and nothing else', async () => {
    await using database = await freshDatabase();
    const { redisUrl, prefix, close } = freshPrefix();
    const redis = new Redis(redisUrl);
    const orm = await openOrm(database, {
      ...options,
      extensions: [tenantry({ redis, prefix, configs: [smartFeature], publishTimeoutMs: 60_000 })],
    });
    await orm.schema.create();
    const acme = configStore(orm).tenant('acme');
    expect(await acme.set(smartFeature, { mode: 'on' })).toMatchObject({ version: 1, published: 'now' });
    expect(await acme.get(smartFeature)).toMatchObject({ value: { mode: 'on' } });
    await replication(orm).settled();
    await orm.close(true);
    redis.disconnect();
    await close();
  });

  it('without Tenantry is refused by MikroORM, as ever', async () => {
    await using database = await freshDatabase();
    await expect(openOrm(database, options)).rejects.toThrow('No entities found');
  });
});
