import { defineConfig } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allConfigs, banner, counter, limit, session, theme } from '../configs.fixture.ts';
import { Plan } from '../plans.fixture.ts';
import { plan, range, scopedConfigs } from '../scopes.fixture.ts';
import { codeOf, fresh, store, system, useStore } from './store.fixture.ts';
import type { TenantConfigs } from './tenant-configs.ts';

const patient = { cacheTimeout: '10s', databaseTimeout: '30s' } as const;

/** A value in depth, with a rule about two of its properties. */
const schema = z
  .object({ host: z.string().min(1), port: z.number().int(), tls: z.object({ port: z.number().int() }) })
  .refine(({ port, tls }) => port !== tls.port, { message: 'the two ports are one' });
const server = defineConfig({ ...patient, name: 'server', schema });
const backServer = defineConfig({ ...patient, name: 'back-server', schema, writePolicy: 'write-back' });

useStore({ configs: [...allConfigs, ...scopedConfigs, server, backServer] });

/** Everything that a write can leave: rows, revisions, the outbox, and all of Redis. */
async function traces(): Promise<Record<string, unknown>> {
  await system.drain();
  const found: Record<string, unknown> = {};
  // A process says by a timer what it has registered.
  const { registrations } = system.replication.replica.names;
  for (const key of (await system.redis.keys(`${system.prefix}*`)).filter(each => each !== registrations).sort())
    found[key] = (await system.redis.dumpBuffer(key)).toString('hex');
  for (const table of ['tenantry_config', 'tenantry_config_revision', 'tenantry_outbox', 'plan'])
    found[table] = await system.sql(`select * from ${table}`);
  return found;
}

const good = { host: 'a.example', port: 80, tls: { port: 443 } };

/** A config with a value that its schema takes, and ones that it refuses. */
const REFUSED: readonly [what: string, config: typeof server, taken: unknown, refused: readonly unknown[]][] = [
  [
    'of a whole struct',
    server,
    good,
    [{ ...good, port: 'http' }, { ...good, host: '' }, { host: 'b.example' }, [], null],
  ],
  [
    'of a struct in depth',
    server,
    good,
    [
      { ...good, tls: { port: 1.5 } },
      { ...good, tls: {} },
    ],
  ],
  ['of two properties together', server, good, [{ ...good, tls: { port: 80 } }]],
  ['that is written around', banner as never, { text: 'a' }, [{ text: 7 }]],
  ['that is written back', counter as never, { n: 1 }, [{ n: 'one' }]],
  ['that only Redis has', session as never, { user: 'ann' }, [{ user: null }]],
  ['that is inherited', plan as never, { seats: 1 }, [{ seats: 'many' }]],
  ['that is merged', range as never, { max: 50 }, [{ min: 90, max: 80 }, { min: 'low' }]],
];

describe('a value that the schema refuses', () => {
  // K5
  it.each(REFUSED)('%s leaves nothing behind, whichever verb writes it', async (_, config, taken, refused) => {
    const [empty, set] = [fresh().configs, fresh().configs];
    await set.set(config, taken as never);
    const before = await traces();
    for (const value of refused as never[]) {
      for (const write of [
        () => empty.set(config, value),
        () => empty.create(config, value),
        () => set.set(config, value),
        () => set.update(config, value),
        () => set.set(config, value, { ifVersion: 1 }),
        () => set.setMany([[config, value]]),
      ])
        expect(await codeOf(write()), JSON.stringify(value)).toBe('INVALID_VALUE');
    }
    expect(await traces()).toEqual(before);
    expect((await set.get(config))?.version).toBe(1);
    expect((await set.set(config, taken as never)).version).toBe(2);
  });

  // K5, C10
  it('leaves nothing of those beside it in one atomic write, in whichever place it stands', async () => {
    const { configs } = fresh();
    const before = await traces();
    for (const entries of [
      [
        [theme, { color: 7 }],
        [limit, 5],
        [server, good],
      ],
      [
        [limit, 5],
        [server, good],
        [theme, { color: 7 }],
      ],
    ] as never[])
      expect(await codeOf(configs.setMany(entries))).toBe('INVALID_VALUE');
    expect(
      await codeOf(
        configs.setMany([
          [counter, { n: 1 }],
          [counter, { n: 'one' as never }],
        ]),
      ),
    ).not.toBe('no error');
    expect(await traces()).toEqual(before);
  });

  // K5
  it('of a patch is that of the whole value, and a patch that is refused changes nothing', async () => {
    const { configs } = fresh();
    await configs.set(server, good);
    const before = await traces();
    for (const patch of [{ port: 'http' }, { tls: { port: null } }, { tls: { port: 80 } }])
      expect(await codeOf(configs.patch(server, patch as never)), JSON.stringify(patch)).toBe('INVALID_VALUE');
    for (const patch of [7, null, []])
      expect(await codeOf(configs.patch(server, patch as never))).toBe('INVALID_PATCH');
    expect(await traces()).toEqual(before);
    await configs.patch(server, { tls: { port: 8443 } });
    expect((await configs.get(server))?.value).toEqual({ ...good, tls: { port: 8443 } });
  });

  // K5
  it('is found when the write is called: what becomes of the object afterwards is not written', async () => {
    for (const config of [server, backServer]) {
      const { configs } = fresh();
      const value = structuredClone(good);
      const writing = [configs.set(config, value), configs.create(limit, 1)];
      value.port = 'http' as never;
      value.tls.port = 80;
      await Promise.all(writing);
      expect((await configs.get(config))?.value).toEqual(good);
    }
  });

  // K5: a value of before is a value like any other.
  it('is not brought back by a rollback', async () => {
    const { configs } = fresh();
    await configs.set(server, good);
    await configs.set(server, { ...good, host: 'b.example' });
    await system.sql(`update tenantry_config_revision set value = '{"host":""}' where name = 'server' and version = 1`);
    const before = await traces();
    expect(await codeOf(configs.rollback(server, 1))).toBe('INVALID_VALUE');
    expect(await traces()).toEqual(before);
  });

  // K5: what else the transaction writes is its own decision.
  it('leaves nothing in a transaction that goes on', async () => {
    const { id, configs } = fresh();
    const before = await traces();
    await system.em().transactional(async em => {
      em.create(Plan, { tenantId: id, slug: 'gold' });
      expect(await codeOf(configs.set(server, { ...good, port: 443 }, { em }))).toBe('INVALID_VALUE');
    });
    const after = await traces();
    for (const table of ['tenantry_config', 'tenantry_config_revision']) expect(after[table]).toEqual(before[table]);
    expect(await configs.get(server)).toBeUndefined();
    expect(await system.sql('select slug from plan where tenant_id = ?', [id])).toEqual([{ slug: 'gold' }]);
  });

  // K5
  it('leaves nothing in a group, and nothing for all tenants', async () => {
    await store.scopes.setGroup('eu');
    const scopes: TenantConfigs[] = [store.group('eu'), store.global()];
    const before = await traces();
    for (const scope of scopes) {
      expect(await codeOf(scope.set(plan, { seats: 'many' } as never))).toBe('INVALID_VALUE');
      expect(await codeOf(scope.set(range, { min: 101 }))).toBe('INVALID_VALUE');
      expect(
        await codeOf(
          scope.setMany([
            [plan, { seats: 1 }],
            [range, { min: 101 }],
          ]),
        ),
      ).toBe('INVALID_VALUE');
    }
    expect(await traces()).toEqual(before);
  });
});

describe('a struct', () => {
  // K4: one config is one JSON value, however deep, so that a reader never has half of it. There are no keys of its own for its
  // properties; an alias gives another name, and what an entity must not show is in its `omit`.
  it('is one value in the database and in Redis, and comes back as it was set', async () => {
    const { id, configs } = fresh();
    await configs.set(server, good);
    expect((await configs.get(server))?.value).toEqual(good);
    expect(await system.value(id, server.address)).toEqual(good);
    const mine = Object.keys(await system.redisKeys()).filter(key => key.startsWith(`${id}/`));
    expect(mine).toEqual([`${id}/${server.address}`]);
    const rows = await system.sql<{ name: string }>('select name from tenantry_config where tenant = ?', [id]);
    expect(rows).toEqual([{ name: 'server' }]);
  });
});
