import { startRedisServer } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import { back, codeOf, fresh, system, useStore } from '../config-store/store.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem } from '../system.fixture.ts';
import { ConfigRevision } from '../tables/config-tables.ts';
import { configs, hits, keys, lines, revisions } from './write-backs.fixture.ts';

useStore({ configs });

describe('a write-back', () => {
  it('is there for readers at once, and in the database after a flush', async () => {
    const { id, configs } = fresh();
    const written = await configs.set(hits, { n: 1 }, { actor: 'ann', reason: 'T-1', origin: 'file a.json' });
    expect(written).toEqual({ version: 1, policy: 'write-back', published: 'now', persisted: false });
    expect(await system.value(id, hits.address)).toEqual({ n: 1 });
    expect(await configs.get(hits)).toMatchObject({ value: { n: 1 }, version: 1, dirty: true, updatedBy: 'ann' });
    expect(await revisions(id)).toEqual([]);
    expect(await back.dirtyCount(id)).toBe(1);
    expect(await back.flush(id)).toEqual({ flushed: 1, deadLettered: 0, remaining: 0 });
    const [revision] = await system.em().find(ConfigRevision, { tenant: id });
    expect(revision).toMatchObject({ op: 'set', value: '{"n":1}', actor: 'ann', reason: 'T-1', origin: 'file a.json' });
    expect(await configs.get(hits)).toMatchObject({ value: { n: 1 }, version: 1, dirty: false });
    const [message] = await system.feed(id);
    expect(message?.changes).toMatchObject([{ owner: hits.address, version: 1, op: 'put', addresses: [hits.address] }]);
  });

  it('is taken away the same way, and its versions go on', async () => {
    const { id, configs } = fresh();
    expect(await codeOf(configs.unset(hits))).toBe('NOT_FOUND');
    await configs.set(hits, { n: 1 });
    expect((await configs.unset(hits)).version).toBe(2);
    expect(await system.value(id, hits.address)).toBeUndefined();
    expect(await configs.get(hits)).toBeUndefined();
    await back.flush(id);
    expect(await revisions(id)).toEqual([['usage/hits', 2, 'unset', null]]);
    expect((await configs.set(hits, { n: 2 })).version).toBe(3);
    await back.flush(id);
    expect(await configs.get(hits)).toMatchObject({ value: { n: 2 }, version: 3 });
    expect((await system.feed(id)).flatMap(({ changes }) => changes.map(({ op }) => op))).toEqual([
      'put',
      'delete',
      'put',
    ]);
  });

  // C10
  it('is all or nothing in a bulk, and one message', async () => {
    const { id, configs } = fresh();
    expect(
      await codeOf(
        configs.setMany([
          [hits, { n: 1 }],
          [lines, 'no number'],
        ] as never),
      ),
    ).toBe('INVALID_VALUE');
    expect(await back.dirtyCount(id)).toBe(0);
    expect(await system.feed(id)).toEqual([]);
    await configs.setMany([
      [hits, { n: 1 }],
      [lines, 2],
    ]);
    expect((await system.feed(id)).map(({ changes }) => changes.length)).toEqual([2]);
    await back.flush(id);
    expect(await revisions(id)).toHaveLength(2);
  });

  it('is one round trip where nothing has to be read', async () => {
    await using server = await startRedisServer();
    await using alone = await openSystem({ sync: [[Plan, plans]], tenantry: { configs }, redisServer: server.url });
    const acme = configStore(alone.orm).tenant('acme');
    await acme.set(hits, { n: 0 });
    await alone.redis.config('RESETSTAT');
    for (let n = 1; n <= 10; n++) await acme.set(hits, { n });
    const stats = await alone.redis.info('commandstats');
    // What the script itself does is counted, too: HMGET once, and of the others nothing.
    const calls = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    expect(['evalsha', 'eval', 'exec', 'mget', 'hmget', 'info', 'zadd'].map(calls)).toEqual([10, 0, 0, 0, 10, 0, 0]);
  });

  it('coalesces: ten thousand sets of a hundred configs write as many rows as there are configs in each flush', async () => {
    const { id, configs } = fresh();
    const before = system.reportsOf('flushed').length;
    let flushes = 0;
    for (let round = 0; round < 4; round++) {
      await Promise.all(
        Array.from({ length: 2_500 }, (_, i) => configs.set(keys[i % 100] as (typeof keys)[number], round * 2_500 + i)),
      );
      expect(await back.dirtyCount(id)).toBe(100);
      expect(await back.flush(id)).toMatchObject({ flushed: 100, remaining: 0 });
      flushes++;
    }
    expect(await revisions(id)).toHaveLength(100 * flushes);
    expect(system.reportsOf('flushed').length - before).toBe(flushes);
    const last = await configs.getMany(keys);
    expect([...last.values()].every(({ version }) => version === 100)).toBe(true);
  });

  it('keeps its value without end while dirty, and gives it its end with the flush', async () => {
    const { id, configs } = fresh();
    const expiresAt = Date.now() + 3_600_000;
    await configs.set(hits, { n: 1 }, { expiresAt });
    const key = system.replication.replica.names.of(id).keyPrefix + hits.address;
    expect(await system.redis.pttl(key)).toBe(-1);
    await back.flush(id);
    expect(await system.redis.pexpiretime(key)).toBe(expiresAt);
    expect((await configs.get(hits))?.expiresAt).toEqual(new Date(expiresAt));
  });

  it('keeps its end with a patch, be it in Redis alone or in the database, too', async () => {
    const { id, configs } = fresh();
    const expiresAt = new Date(Date.now() + 3_600_000);
    await configs.set(hits, { n: 1 }, { expiresAt });
    await configs.patch(hits, { n: 2 });
    expect(await configs.get(hits)).toMatchObject({ value: { n: 2 }, expiresAt, dirty: true });
    await back.flush(id);
    await configs.patch(hits, { n: 3 });
    expect(await configs.get(hits)).toMatchObject({ value: { n: 3 }, expiresAt, dirty: true });
    await back.flush(id);
    expect(await configs.get(hits)).toMatchObject({ value: { n: 3 }, expiresAt, dirty: false });
    await configs.patch(hits, { n: 4 }, { expiresAt: null });
    expect((await configs.get(hits))?.expiresAt).toBeUndefined();
  });

  it('written in a transaction goes through it, after what was acknowledged before', async () => {
    const { id, configs } = fresh();
    await configs.set(hits, { n: 1 });
    await system.em().transactional(async em => {
      expect(await configs.set(hits, { n: 2 }, { em })).toMatchObject({ version: 2, published: 'on-commit' });
    });
    expect(await revisions(id)).toEqual([
      ['usage/hits', 1, 'set', '{"n":1}'],
      ['usage/hits', 2, 'set', '{"n":2}'],
    ]);
    expect(await system.value(id, hits.address)).toEqual({ n: 2 });
    expect((await configs.set(hits, { n: 3 })).version).toBe(3);
  });
});
