// Answered differently here. A4: what is not set is undefined, or the default, and no error. A18: there is no manager to
// connect; what has no connection is UNAVAILABLE. B5, K1, K2: no aliases; a renamed config keeps its values by its
// `configKey`. K4: one config is one JSON value, objects included. K11: text is not expanded; values are data. L34, L35: what
// could not be published is told by the outbox, in the order of versions.
import { GLOBAL_TENANT, TenantryError } from '@tenantry/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allConfigs, apiKey, banner, counter, limit, session, theme } from '../../configs.fixture.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem } from '../../system.fixture.ts';
import { ConfigRevision } from '../../tables/config-tables.ts';
import { type ConfigStore, configStore } from '../config-store.ts';
import type { TenantConfigs } from '../tenant-configs.ts';

let system: TestSystem;
let store: ConfigStore;
let tenants = 0;

beforeAll(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: allConfigs } });
  store = configStore(system.orm);
});
afterAll(() => system[Symbol.asyncDispose]());

/** A tenant that nobody else has. */
function fresh(): { id: string; configs: TenantConfigs } {
  const id = `tenant-${++tenants}`;
  return { id, configs: store.tenant(id) };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    error => (error instanceof TenantryError ? error.code : error),
  );

describe('a write', () => {
  // A1 A2 D10
  it('gives versions 1, 2, 3, and readers the newest at once', async () => {
    const { id, configs } = fresh();
    expect(await configs.set(theme, { color: 'red' })).toEqual({
      version: 1,
      policy: 'write-through',
      published: 'now',
      persisted: true,
    });
    expect(await system.value(id, theme.address)).toEqual({ color: 'red' });
    expect((await configs.set(theme, { color: 'green' })).version).toBe(2);
    expect(await system.value(id, theme.address)).toEqual({ color: 'green' });
    expect(await configs.get(theme)).toMatchObject({ value: { color: 'green', size: 12 }, version: 2, dirty: false });
  });

  // A3 A5 D9
  it('takes a value away, goes on with the next version, and keeps every one of them', async () => {
    const { id, configs } = fresh();
    await configs.set(theme, { color: 'red' }, { actor: 'ann' });
    expect((await configs.unset(theme, { actor: 'bob', reason: 'old' })).version).toBe(2);
    expect(await configs.get(theme)).toBeUndefined();
    expect(await system.value(id, theme.address)).toBeUndefined();
    expect(await codeOf(configs.unset(theme))).toBe('NOT_FOUND');
    expect((await configs.create(theme, { color: 'green' })).version).toBe(3);
    const revisions = await system.em().find(ConfigRevision, { tenant: id }, { orderBy: { version: 'asc' } });
    expect(revisions.map(({ version, op, actor, reason }) => [Number(version), op, actor, reason])).toEqual([
      [1, 'set', 'ann', null],
      [2, 'unset', 'bob', 'old'],
      [3, 'set', null, null],
    ]);
  });

  // A14 E10
  it('of one tenant is no other tenant’s, in the database and in Redis', async () => {
    for (const [a, b] of [
      ['acme', 'ACME'],
      ['20', '20_FOO'],
      ['\u00e9', 'e\u0301'],
      ['a:b', 'a'],
      ['__proto__', 'constructor'],
      ['🦄'.repeat(128), '🦄'.repeat(127)],
    ] as const) {
      await store.tenant(a).set(limit, 1);
      expect(await store.tenant(b).get(limit)).toBeUndefined();
      await store.tenant(b).set(limit, 2);
      expect((await store.tenant(a).get(limit))?.value).toBe(1);
      expect(await system.value(a, limit.address)).toBe(1);
      expect(await system.value(b, limit.address)).toBe(2);
    }
  });

  // A16
  it.each(['', ' a', 'a ', 'a\nb', 'x'.repeat(129), null, {}])('of the tenant %j is refused', id => {
    expect(() => store.tenant(id as never)).toThrow(expect.objectContaining({ code: 'INVALID_TENANT' }));
  });

  it('of a config that is not registered is refused', async () => {
    expect(await codeOf(fresh().configs.set({ ...theme } as never, { color: 'red' } as never))).toBe('NOT_REGISTERED');
    expect(await codeOf(fresh().configs.set(undefined as never, 1 as never))).toBe('NOT_REGISTERED');
  });

  it.each<[what: string, value: unknown, code: string]>([
    ['of another type', { color: 1 }, 'INVALID_VALUE'],
    ['nothing', undefined, 'NOT_JSON'],
    ['a function', { color: () => 'red' }, 'NOT_JSON'],
    ['a bigint', { color: 'red', size: 1n }, 'NOT_JSON'],
    ['NaN', { color: 'red', size: Number.NaN }, 'NOT_JSON'],
    ['a date', new Date(), 'NOT_JSON'],
    ['half a surrogate pair', { color: '\ud800' }, 'NOT_JSON'],
    ['too large', { color: 'x'.repeat(300_000) }, 'PAYLOAD_TOO_LARGE'],
  ])('of a value that is %s is refused, and nothing is written', async (_, value, code) => {
    const { id, configs } = fresh();
    expect(await codeOf(configs.set(theme, value as never))).toBe(code);
    expect(await system.sql('select * from tenantry_config where tenant = ?', [id])).toEqual([]);
  });

  it('of a cycle, or nested too deep, is refused', async () => {
    const cycle: Record<string, unknown> = { color: 'red' };
    cycle.self = cycle;
    expect(await codeOf(fresh().configs.set(theme, cycle as never))).toBe('NOT_JSON');
  });

  // K5
  it('that the schema refuses says every issue with its path, and no value', async () => {
    const error = await fresh()
      .configs.set(theme, { color: 7, size: 'secret-value' } as never)
      .catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'INVALID_VALUE',
      details: { issues: [{ path: 'color' }, { path: 'size' }] },
    });
    expect((error as Error).message).not.toContain('secret-value');
  });

  it.each<[option: string, value: unknown]>([
    ['actor', 'x'.repeat(256)],
    ['actor', 7],
    ['reason', 'x'.repeat(1_001)],
    ['ifVersion', -1],
    ['ifVersion', '1'],
    ['expiresAt', Number.NaN],
    ['expiresAt', new Date(Number.NaN)],
  ])('with `%s` of %j is refused', async (option, value) => {
    expect(await codeOf(fresh().configs.set(theme, { color: 'red' }, { [option]: value }))).toBe('INVALID_OPTION');
  });

  // H1 H2: versions go on, so that no reader can mistake an old value for a new one.
  it('with an end in the past is acknowledged, and nothing is there', async () => {
    const { id, configs } = fresh();
    await configs.set(limit, 1, { expiresAt: new Date(Date.now() - 1_000) });
    expect(await configs.get(limit)).toBeUndefined();
    expect(await system.value(id, limit.address)).toBeUndefined();
    expect(await codeOf(configs.update(limit, 2))).toBe('NOT_FOUND');
    expect((await configs.create(limit, 2)).version).toBe(2);
  });

  // A19 G18
  it('by five at a time ends with one that was written, in the database and in Redis', async () => {
    const { id, configs } = fresh();
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) => configs.set(limit, i).then(({ version }) => ({ version, value: i }))),
    );
    expect(results.map(({ version }) => version).sort((a, b) => a - b)).toEqual(results.map((_, i) => i + 1));
    const last = results.find(({ version }) => version === results.length);
    expect((await configs.get(limit))?.value).toBe(last?.value);
    await system.drain();
    expect(await system.value(id, limit.address)).toBe(last?.value);
  });

  it('is handed to the relay where Redis does not take it in time, and says so', async () => {
    await using away = await openSystem({
      sync: [[Plan, plans]],
      tenantry: { configs: [theme] },
      redisUrl: 'redis://127.0.0.1:1',
    });
    expect(await configStore(away.orm).tenant('acme').set(theme, { color: 'red' })).toMatchObject({
      version: 1,
      published: 'later',
      persisted: true,
    });
  });

  it('around Redis announces the change and leaves the value to those who load it', async () => {
    const { id, configs } = fresh();
    expect(await configs.set(banner, { text: 'hi' })).toMatchObject({ policy: 'write-around', published: 'now' });
    expect(await system.value(id, banner.address)).toBeUndefined();
    const [message] = await system.feed(id);
    expect(message?.changes).toMatchObject([
      { op: 'put', version: 1, addresses: [banner.address], envelope: undefined },
    ]);
  });
});

describe('a condition', () => {
  // B1 B2 B3 B4
  it('of being set or not is kept', async () => {
    const { configs } = fresh();
    expect(await codeOf(configs.update(limit, 1))).toBe('NOT_FOUND');
    expect(await configs.get(limit)).toBeUndefined();
    expect((await configs.create(limit, 10)).version).toBe(1);
    expect(await configs.create(limit, 20).catch((e: unknown) => e)).toMatchObject({
      code: 'KEY_EXISTS',
      details: { currentVersion: 1 },
    });
    expect(await configs.get(limit)).toMatchObject({ value: 10, version: 1 });
    expect((await configs.update(limit, 30)).version).toBe(2);
  });

  // B6
  it('on a version lets one of two editors win, and tells the other which version stands', async () => {
    const { configs } = fresh();
    await configs.set(limit, 1);
    const both = await Promise.allSettled([
      configs.set(limit, 2, { ifVersion: 1 }),
      configs.set(limit, 3, { ifVersion: 1 }),
    ]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'CONFLICT', details: { currentVersion: 2 } },
    });
    expect(await codeOf(configs.set(limit, 4, { ifVersion: 0 }))).toBe('CONFLICT');
  });

  // B7
  it('of twenty who create at once lets exactly one win', async () => {
    const { configs } = fresh();
    const all = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => configs.create(limit, i)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = all.flatMap(each => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(new Set(codes)).toEqual(new Set(['KEY_EXISTS']));
    expect(await configs.get(limit)).toMatchObject({ version: 1 });
  });
});

describe('a patch', () => {
  it('merges into the value, or into the default where nothing is set', async () => {
    const { configs } = fresh();
    await configs.patch(theme, { size: 20 });
    expect((await configs.get(theme))?.value).toEqual({ color: 'blue', size: 20 });
    await configs.patch(theme, { color: 'red' });
    expect((await configs.get(theme))?.value).toEqual({ color: 'red', size: 20 });
  });

  it('of what is no object, or by what is none, is refused', async () => {
    const { configs } = fresh();
    await configs.set(limit, 1);
    expect(await codeOf(configs.patch(limit, 2))).toBe('INVALID_PATCH');
    expect(await codeOf(configs.patch(theme, [] as never))).toBe('INVALID_PATCH');
    expect(await codeOf(configs.patch(theme, { color: 7 } as never))).toBe('INVALID_VALUE');
    expect(await configs.get(theme)).toBeUndefined();
  });

  it('by ten at once loses none', async () => {
    const { configs } = fresh();
    await configs.set(banner, { text: 'hi' });
    await Promise.all(Array.from({ length: 10 }, (_, i) => configs.patch(banner, { [`n${i}`]: i } as never)));
    expect((await configs.get(banner))?.version).toBe(11);
    const [row] = await system
      .em()
      .find(ConfigRevision, { name: banner.configKey }, { orderBy: { id: 'desc' }, limit: 1 });
    expect(Object.keys(JSON.parse(row?.value ?? '{}'))).toHaveLength(11);
  });
});

describe('many at once', () => {
  // C1 C3 C4 C5 A9
  it('are written and read together', async () => {
    const { configs } = fresh();
    const results = await configs.setMany([
      [theme, { color: 'red' }],
      [limit, 7],
    ]);
    expect(results.map(({ version }) => version)).toEqual([1, 1]);
    expect([...(await configs.getMany([theme, limit, banner])).keys()].sort()).toEqual([limit.name, theme.name]);
    expect(await configs.getMany([])).toEqual(new Map());
    expect(await configs.setMany([])).toEqual([]);
    await configs.setMany([[theme, { color: 'green' }]]);
    expect((await configs.get(theme))?.version).toBe(2);
    expect(await configs.unsetMany([theme, limit, banner])).toBe(2);
    expect(await configs.getMany([theme, limit])).toEqual(new Map());
  });

  // C10
  it('are all or nothing, and one message', async () => {
    const { id, configs } = fresh();
    expect(
      await codeOf(
        configs.setMany([
          [theme, { color: 'red' }],
          [limit, -1],
        ]),
      ),
    ).toBe('INVALID_VALUE');
    expect(await system.feed(id)).toEqual([]);
    expect(await configs.getMany([theme, limit])).toEqual(new Map());
    await configs.setMany([
      [theme, { color: 'red' }],
      [limit, 1],
    ]);
    const feed = await system.feed(id);
    expect(feed).toHaveLength(1);
    expect(feed[0]?.changes).toHaveLength(2);
  });

  // C2
  it('may fail one by one where that was asked for', async () => {
    const { configs } = fresh();
    const results = await configs.setMany(
      [
        [theme, { color: 'red' }],
        [limit, -1],
        [banner, { text: 'hi' }],
      ],
      { atomic: false },
    );
    expect(results.map(each => [each.name, each.ok])).toEqual([
      [theme.name, true],
      [limit.name, false],
      [banner.name, true],
    ]);
    expect(results[1]).toMatchObject({ error: { code: 'INVALID_VALUE' } });
    expect([...(await configs.getMany([theme, limit, banner])).keys()]).toHaveLength(2);
  });

  it('cannot have one of them twice, or be in the database and in Redis at once', async () => {
    const { configs } = fresh();
    expect(
      await codeOf(
        configs.setMany([
          [limit, 1],
          [limit, 2],
        ]),
      ),
    ).toBe('INVALID_OPTION');
    expect(
      await codeOf(
        configs.setMany([
          [limit, 1],
          [counter, { n: 1 }],
        ]),
      ),
    ).toBe('NOT_ATOMIC');
    expect(await codeOf(configs.setMany('no' as never))).toBe('INVALID_OPTION');
  });
});

describe("within the caller's transaction a write", () => {
  it('becomes visible with the rows it changed, in one message', async () => {
    const { id, configs } = fresh();
    const result = await system.orm.em.fork().transactional(async em => {
      em.create(Plan, { tenantId: id, slug: 'gold', name: 'Gold' } as never);
      await em.flush();
      const written = await configs.set(theme, { color: 'red' }, { em });
      expect(await system.value(id, theme.address)).toBeUndefined();
      return written;
    });
    expect(result).toMatchObject({ version: 1, published: 'on-commit' });
    const feed = await system.feed(id);
    expect(feed).toHaveLength(1);
    expect(feed[0]?.changes).toHaveLength(2);
    expect(await system.feed(GLOBAL_TENANT)).toEqual([]);
  });

  it('is found without being told of it', async () => {
    const { id, configs } = fresh();
    await expect(
      system.orm.em.transactional(async () => {
        expect(await configs.set(theme, { color: 'red' })).toMatchObject({ published: 'on-commit' });
        expect(await configs.get(theme)).toMatchObject({ version: 1 });
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    expect(await configs.get(theme)).toBeUndefined();
    expect(await system.feed(id)).toEqual([]);
    expect((await configs.set(theme, { color: 'green' })).version).toBe(1);
  });

  it('that is refused leaves the transaction usable', async () => {
    const { configs } = fresh();
    await system.orm.em.fork().transactional(async em => {
      expect(await codeOf(configs.update(limit, 1, { em }))).toBe('NOT_FOUND');
      await configs.set(theme, { color: 'red' }, { em });
    });
    expect(await configs.get(theme)).toMatchObject({ version: 1 });
  });

  it('of a rolled-back savepoint is never seen, the others are', async () => {
    const { id, configs } = fresh();
    await system.orm.em.fork().transactional(async em => {
      await configs.set(limit, 1, { em });
      await em
        .transactional(async inner => {
          await configs.set(theme, { color: 'red' }, { em: inner });
          throw new Error('inner');
        })
        .catch(() => undefined);
    });
    expect(await system.value(id, limit.address)).toBe(1);
    expect(await system.value(id, theme.address)).toBeUndefined();
    expect(await configs.get(theme)).toBeUndefined();
  });

  it('is written through although the config is write-back; what is only in Redis is refused', async () => {
    const { id, configs } = fresh();
    await system.orm.em.fork().transactional(async em => {
      expect(await configs.set(counter, { n: 1 }, { em })).toMatchObject({ policy: 'write-through', persisted: true });
      expect(await codeOf(configs.set(session, { user: 'ann' }, { em }))).toBe('NOT_ATOMIC');
    });
    expect(await system.value(id, counter.address)).toEqual({ n: 1 });
  });

  it('with an `em` that has none is refused', async () => {
    expect(await codeOf(fresh().configs.set(limit, 1, { em: system.em() }))).toBe('NOT_ATOMIC');
  });
});

describe('the actor and the reason', () => {
  // K13
  it('come from the context, where the write does not say', async () => {
    const { id, configs } = fresh();
    await store.runAs({ actor: 'ann', reason: 'ticket' }, async () => {
      await configs.set(limit, 1);
      await store.runAs({ reason: 'inner' }, () => configs.set(limit, 2));
      await configs.set(limit, 3, { actor: 'bob' });
    });
    await configs.set(limit, 4);
    const rows = await system.em().find(ConfigRevision, { tenant: id }, { orderBy: { version: 'asc' } });
    expect(rows.map(({ actor, reason }) => [actor, reason])).toEqual([
      ['ann', 'ticket'],
      ['ann', 'inner'],
      ['bob', 'ticket'],
      [null, null],
    ]);
    expect((await configs.get(limit))?.updatedBy).toBeUndefined();
  });
});

describe('a rollback', () => {
  // D10
  it('is a new version with the old value, told to readers once, whose origin says which', async () => {
    const { id, configs } = fresh();
    for (const color of ['red', 'green', 'blue']) await configs.set(theme, { color });
    const before = (await system.feed(id)).length;
    expect(await configs.rollback(theme, 1, { actor: 'ann' })).toMatchObject({ version: 4, published: 'now' });
    expect(await system.value(id, theme.address)).toEqual({ color: 'red' });
    expect(await system.feed(id)).toHaveLength(before + 1);
    expect(await configs.revision(theme, 4)).toMatchObject({
      origin: 'rollback of 1',
      actor: 'ann',
      value: { color: 'red' },
    });
  });

  it('to a version that was unset takes the value away; to one that never was is refused', async () => {
    const { configs } = fresh();
    await configs.set(theme, { color: 'red' });
    await configs.unset(theme);
    await configs.set(theme, { color: 'green' });
    expect(await codeOf(configs.rollback(theme, 9))).toBe('VERSION_NOT_FOUND');
    expect(await codeOf(configs.rollback(theme, 0))).toBe('INVALID_VERSION');
    expect((await configs.rollback(theme, 2)).version).toBe(4);
    expect(await configs.get(theme)).toBeUndefined();
  });

  // K10
  it('of a secret brings the secret back, not its mask', async () => {
    const { id, configs } = fresh();
    await configs.set(apiKey, { url: 'a', key: 'k1' });
    await configs.set(apiKey, { url: 'a', key: 'k2' });
    await configs.rollback(apiKey, 1);
    expect(await system.value(id, apiKey.address)).toEqual({ url: 'a', key: 'k1' });
    await configs.set(apiKey, { url: 'b', key: '******' });
    expect(await system.value(id, apiKey.address)).toEqual({ url: 'b', key: 'k1' });
  });

  it('to a value that today’s schema refuses is refused', async () => {
    const { id, configs } = fresh();
    await configs.set(limit, 1);
    await system.sql('update tenantry_config_revision set value = \'"old"\' where tenant = ?', [id]);
    expect(await codeOf(configs.rollback(limit, 1))).toBe('INVALID_VALUE');
    expect(await configs.get(limit)).toMatchObject({ version: 1 });
  });
});

describe('a quota', () => {
  // E8
  it('refuses one more, not a change; and two who both want the last place do not both get it', async () => {
    await using small = await openSystem({
      sync: [[Plan, plans]],
      tenantry: { configs: [theme, limit, banner], maxConfigsPerTenant: 2 },
    });
    const configs = configStore(small.orm).tenant('acme');
    await configs.set(theme, { color: 'red' });
    const both = await Promise.allSettled([configs.set(limit, 1), configs.set(banner, { text: 'hi' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'QUOTA_EXCEEDED' } });
    await configs.set(theme, { color: 'green' });
    await configs.unset(theme);
    await configs.set(theme, { color: 'blue' });
    expect((await configStore(small.orm).tenant('other').set(theme, { color: 'red' })).version).toBe(1);
  });
});
