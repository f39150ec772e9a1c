// Answered differently here. A4: what is not set is undefined, or the default, and no error. A18: there is no manager to
// connect; what has no connection is UNAVAILABLE. B5: an alias leads to the definition, which is what is written. L34, L35:
// what could not be published is told by the outbox, in the order of versions.
import { describe, expect, it } from 'vitest';
import { allConfigs, banner, limit, theme } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem } from '../system.fixture.ts';
import { ConfigRevision } from '../tables/config-tables.ts';
import { configStore } from './config-store.ts';
import { codeOf, fresh, store, system, useStore } from './store.fixture.ts';

useStore({ configs: allConfigs });

describe('a write', () => {
  // A1 A2 D10
  it('gives versions 1, 2, 3, and Redis has each of them when it is said to be published now', async () => {
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

  it('is made by a verb that is taken out of the store, too', async () => {
    const { set, get, unset } = fresh().configs;
    await set(limit, 1);
    expect(await get(limit)).toMatchObject({ value: 1, version: 1 });
    expect((await unset(limit)).version).toBe(2);
  });

  // A14 E10
  it('is seen in its own tenant only, in the database and in Redis', async () => {
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
  it('that the schema refuses names every issue with its path, and no value', async () => {
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
  it('with an end in the past is acknowledged, and readers get nothing', async () => {
    const { id, configs } = fresh();
    await configs.set(limit, 1, { expiresAt: new Date(Date.now() - 60_000) });
    expect(await configs.get(limit)).toBeUndefined();
    expect(await system.value(id, limit.address)).toBeUndefined();
    expect(await codeOf(configs.update(limit, 2))).toBe('NOT_FOUND');
    expect((await configs.create(limit, 2)).version).toBe(2);
  });

  it('has the end that it is given: a patch leaves the one that stands, and takes it away with null', async () => {
    const { configs } = fresh();
    const expiresAt = new Date(Date.now() + 3_600_000);
    const endOf = async () => (await configs.get(theme))?.expiresAt;
    await configs.set(theme, { color: 'red' }, { expiresAt });
    await configs.patch(theme, { color: 'blue' });
    expect(await endOf()).toEqual(expiresAt);
    const later = new Date(expiresAt.getTime() + 1_000);
    await configs.patch(theme, { color: 'green' }, { expiresAt: later });
    expect(await endOf()).toEqual(later);
    await configs.patch(theme, { color: 'red' }, { expiresAt: null });
    expect(await endOf()).toBeUndefined();
    await configs.set(theme, { color: 'red' }, { expiresAt });
    await configs.set(theme, { color: 'blue' });
    expect(await endOf()).toBeUndefined();
    // What has ended is not there any more, and its end with it.
    await configs.set(theme, { color: 'red' }, { expiresAt: new Date(Date.now() - 60_000) });
    await configs.patch(theme, { color: 'blue' });
    expect(await endOf()).toBeUndefined();
    expect((await configs.get(theme))?.value).toMatchObject({ color: 'blue' });
  });

  // A19 G18
  it('leaves one of a hundred concurrent values, the same in the database and in Redis', async () => {
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

  it('is handed to the relay if Redis does not take it in time, and its result says so', async () => {
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

describe('the actor and the reason', () => {
  // K13
  it('come from `runAs`, unless the write names its own', async () => {
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
