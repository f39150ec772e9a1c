import { type AnyConfig, defineConfig, TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ConfigStore, configStore } from '../config-store/config-store.ts';
import { holdNextScan, holdNextSettle } from '../held-calls.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { ConfigRevision } from '../tables/config-tables.ts';
import { type WriteBack, writeBack } from './write-back.ts';

const patient = { cacheTimeout: '10s', databaseTimeout: '10s' } as const;
const options = { name: 'usage/hits', schema: z.number(), ...patient } as const;
const hits = defineConfig({ ...options, writePolicy: 'write-back' });
const others = Array.from({ length: 10 }, (_, i) =>
  defineConfig({ ...options, name: `others/${i}`, writePolicy: 'write-back' }),
);
/** The same config, after a release that writes it through. */
const through = defineConfig(options);

let system: TestSystem;
let store: ConfigStore;
let back: WriteBack;
let now: number;

beforeEach(async () => {
  now = Date.now();
  system = await openSystem({
    sync: [[Plan, plans]],
    tenantry: { configs: [hits, ...others], clock: () => now },
  });
  store = configStore(system.orm);
  back = writeBack(system.orm);
});
afterEach(() => system[Symbol.asyncDispose]());

/** Another process on the same database and Redis, with other definitions. */
function beside(configs: readonly AnyConfig[]): Promise<TestSystem> {
  const { database, prefix } = system;
  return openSystem({ sync: [[Plan, plans]], database, prefix, tenantry: { configs } });
}

async function history(name = hits.name) {
  const found = await system.em().find(ConfigRevision, { tenant: 'acme', name }, { orderBy: { version: 'asc' } });
  return found.map(({ version, value, origin }) => [Number(version), value, origin]);
}

const shown = () => system.value('acme', hits.address);
const acme = () => store.tenant('acme');

/** Quiet: Redis, the database and the history agree on it, and nothing is dirty. */
async function expectSettled(value: number | undefined, version: number): Promise<void> {
  expect(await back.dirtyCount('acme')).toBe(0);
  expect(await shown()).toBe(value);
  const [row] = await system.sql<{ value: string | null; version: string }>(
    "select value, version from tenantry_config where tenant = 'acme' and name = ?",
    [hits.name],
  );
  expect(row?.value ?? undefined).toBe(value === undefined ? undefined : JSON.stringify(value));
  expect(Number(row?.version)).toBe(version);
  const last = (await system.feed('acme')).flatMap(({ changes }) => changes).findLast(c => c.owner === hits.address);
  expect(last?.version).toBe(version);
}

describe('a flush', () => {
  // L61, G9
  it('that crashed before it could say so is repeated, and changes nothing', async () => {
    await acme().set(hits, 1);
    const held = holdNextSettle(system.redis);
    const crashed = back.flush('acme');
    await held.reached;
    expect(await back.dirtyCount('acme')).toBe(1);
    expect(await back.flush('acme')).toEqual({ flushed: 1, deadLettered: 0, remaining: 0 });
    held.release();
    expect(await crashed).toMatchObject({ flushed: 0 });
    expect(await history()).toEqual([[1, '1', 'api']]);
    await expectSettled(1, 1);
  });

  it('leaves alone what was set after it has read', async () => {
    await acme().set(hits, 1);
    const held = holdNextSettle(system.redis);
    const flushing = back.flush('acme');
    await held.reached;
    await acme().set(hits, 2);
    held.release();
    expect(await flushing).toEqual({ flushed: 0, deadLettered: 0, remaining: 1 });
    expect(await acme().get(hits)).toMatchObject({ value: 2, version: 2, dirty: true });
    await back.flush('acme');
    expect(await history()).toEqual([
      [1, '1', 'api'],
      [2, '2', 'api'],
    ]);
    await expectSettled(2, 2);
  });

  it('that was overtaken by another one does not bring back what it has read', async () => {
    await acme().set(hits, 1);
    const held = holdNextScan(system.redis);
    const slow = back.flush('acme');
    await held.reached;
    await acme().set(hits, 2);
    await back.flush('acme');
    held.release();
    expect(await slow).toMatchObject({ flushed: 0 });
    expect(await history()).toEqual([[2, '2', 'api']]);
    await expectSettled(2, 2);
  });

  it('that was overtaken does not bring it back where the history is gone, either', async () => {
    await acme().set(hits, 1);
    const held = holdNextScan(system.redis);
    const slow = back.flush('acme');
    await held.reached;
    await acme().set(hits, 2);
    await back.flush('acme');
    await system.sql('delete from tenantry_config_revision');
    held.release();
    expect(await slow).toMatchObject({ flushed: 0 });
    await expectSettled(2, 2);
  });

  it('may run many times at once', async () => {
    const all = [hits, ...others];
    for (let round = 0; round < 5; round++) {
      await acme().setMany(all.map(each => [each, round]));
      await Promise.all(Array.from({ length: 4 }, () => back.flush('acme')));
    }
    expect((await history()).map(([version]) => version)).toEqual([1, 2, 3, 4, 5]);
    await expectSettled(4, 5);
  });

  it('needs nobody who knows the definition any more', async () => {
    await acme().set(hits, 1);
    await using later = await beside([]);
    expect(await writeBack(later.orm).flush()).toMatchObject({ flushed: 1, remaining: 0 });
    await expectSettled(1, 1);
  });

  it('finds what no hint tells of', async () => {
    await acme().set(hits, 1);
    await eventually(async () => (await back.dirtyTenants()).length === 1);
    await system.redis.del(system.replication.replica.names.dirtyTenants);
    expect(await back.dirtyTenants()).toEqual([]);
    expect(await back.findDirtyTenants()).toBe(1);
    expect(await back.dirtyTenants()).toEqual(['acme']);
    expect(await back.flush()).toMatchObject({ flushed: 1 });
    expect(await back.dirtyTenants()).toEqual([]);
  });

  it('leaves everything dirty where the database is away', async () => {
    await acme().set(hits, 1);
    await system.sql('alter table tenantry_config rename to elsewhere');
    for (let i = 0; i < 7; i++) await expect(back.flush()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await system.sql('alter table elsewhere rename to tenantry_config');
    expect(await back.deadLetters()).toEqual([]);
    expect(await back.flush()).toMatchObject({ flushed: 1, remaining: 0 });
  });
});

describe('a change of policy', () => {
  it('from write-back to write-through first brings the database what was acknowledged', async () => {
    await acme().set(hits, 1);
    await using later = await beside([through]);
    expect((await configStore(later.orm).tenant('acme').set(through, 2)).version).toBe(2);
    expect(await history()).toEqual([
      [1, '1', 'api'],
      [2, '2', 'api'],
    ]);
    await expectSettled(2, 2);
    // And back again.
    expect((await acme().set(hits, 3)).version).toBe(3);
    await back.flush();
    await expectSettled(3, 3);
  });

  it('in the middle of a write gives the write-back a version above, for readers too', async () => {
    await using later = await beside([through]);
    await configStore(later.orm).tenant('acme').set(through, 1);
    await acme().set(hits, 2);
    // As if the other process had looked before the set, and written after it.
    await system.sql("update tenantry_config set version = 4, value = '9' where name = ?", [hits.name]);
    expect(await back.flush('acme')).toMatchObject({ flushed: 1 });
    await expectSettled(2, 5);
    expect(await history()).toEqual([
      [1, '1', 'api'],
      [5, '2', 'api'],
    ]);
    // What Redis gave after that is no older for it.
    expect((await acme().set(hits, 3)).version).toBe(6);
    await back.flush();
    await expectSettled(3, 6);
  });

  it('loses no set that comes while a version is raised', async () => {
    await acme().set(hits, 1);
    await back.flush();
    await acme().set(hits, 2);
    await system.sql("update tenantry_config set version = 7, value = '9' where name = ?", [hits.name]);
    const held = holdNextSettle(system.redis);
    const flushing = back.flush('acme');
    await held.reached;
    expect((await acme().set(hits, 3)).version).toBe(3);
    held.release();
    await flushing;
    expect(await shown()).toBe(3);
    await back.flush('acme');
    await expectSettled(3, 9);
  });
});

describe('a Redis that was restored from an older snapshot', () => {
  it('does not bring back what later write-backs have replaced', async () => {
    await acme().set(hits, 1);
    const goBack = await takeSnapshot();
    await acme().set(hits, 2);
    await back.flush();
    await goBack();
    expect(await shown()).toBe(1);
    await back.flush();
    await eventually(async () => (await shown()) === 2);
    await expectSettled(2, 2);
  });

  it('gets what came after a write-back that it remembers as dirty, and that was flushed', async () => {
    await acme().set(hits, 1);
    const goBack = await takeSnapshot();
    await back.flush();
    await acme().set(hits, 2);
    await back.flush();
    await goBack();
    expect(await shown()).toBe(1);
    await back.flush();
    await eventually(async () => (await shown()) === 2);
    await expectSettled(2, 2);
  });
});

/** What Redis has of the config; the returned function brings it back. */
async function takeSnapshot(): Promise<() => Promise<void>> {
  const { dirty, records, keyPrefix } = system.replication.replica.names.of('acme');
  const keys = [dirty, records, keyPrefix + hits.address];
  const dumps = await Promise.all(keys.map(key => system.redis.dumpBuffer(key)));
  return async () => {
    for (const [i, key] of keys.entries()) await system.redis.restore(key, 0, dumps[i] as Buffer, 'REPLACE');
  };
}

describe('a value that the database refuses', () => {
  const bad = 666_777_888;
  beforeEach(async () => {
    await system.sql(
      `alter table tenantry_config add constraint no_bad_value check (value is null or value <> '${bad}')`,
    );
  });

  it('is put aside after its attempts, with pauses, while the others go on', async () => {
    await acme().setMany([...others.map(each => [each, 1] as const), [hits, bad]]);
    expect(await back.flush()).toEqual({ flushed: others.length, deadLettered: 0, remaining: 1 });
    for (const pause of [500, 1_000, 2_000]) {
      // Not before its pause is over.
      expect(await back.flush()).toMatchObject({ flushed: 0, remaining: 1 });
      now += pause;
      expect(await back.flush()).toMatchObject({ flushed: 0, deadLettered: 0, remaining: 1 });
    }
    now += 4_000;
    expect(await back.flush()).toEqual({ flushed: 0, deadLettered: 1, remaining: 0 });
    const [letter, ...none] = await back.deadLetters();
    expect(none).toEqual([]);
    expect(letter).toMatchObject({ tenant: 'acme', name: hits.name, version: 1, op: 'set', attempts: 5 });
    expect(JSON.stringify(letter)).not.toContain(String(bad));
    expect(system.reportsOf('dead-lettered')).toMatchObject([{ name: hits.name, version: 1, attempts: 5 }]);
    expect(JSON.stringify(system.reports)).not.toContain(String(bad));
    // Readers keep what was acknowledged until somebody decides.
    expect(await shown()).toBe(bad);
  });

  async function bury(): Promise<string> {
    await acme().set(hits, 1);
    await back.flush();
    await acme().set(hits, bad);
    await eventually(
      async () => {
        now += 60_000;
        return (await back.flush()).deadLettered === 1;
      },
      { intervalMs: 0 },
    );
    return (await back.deadLetters())[0]?.id as string;
  }

  it('can be tried again once the reason is gone', async () => {
    const id = await bury();
    expect(await back.retryDeadLetters([id, 'nobody'])).toBe(1);
    expect(await back.deadLetters()).toEqual([]);
    await system.sql('alter table tenantry_config drop constraint no_bad_value');
    expect(await back.flush()).toMatchObject({ flushed: 1, remaining: 0 });
    await expectSettled(bad, 3);
  });

  it('can be discarded: readers get what the database has, as a newer version', async () => {
    const id = await bury();
    expect(await back.discardDeadLetters([id])).toBe(1);
    expect(await back.deadLetters()).toEqual([]);
    await expectSettled(1, 3);
    expect((await history()).at(-1)).toEqual([3, '1', 'discard of 2']);
    expect((await acme().set(hits, 4)).version).toBe(4);
    await back.flush();
    await expectSettled(4, 4);
  });

  it('that never was in the database is unset when it is discarded', async () => {
    await acme().set(hits, bad);
    await eventually(async () => {
      now += 60_000;
      return (await back.flush()).deadLettered === 1;
    });
    expect(await back.discardDeadLetters()).toBe(1);
    await expectSettled(undefined, 2);
  });

  it('is void once something newer was set', async () => {
    await bury();
    await acme().set(hits, 3);
    expect(await back.retryDeadLetters()).toBe(0);
    expect(await back.deadLetters()).toEqual([]);
    await back.flush();
    await expectSettled(3, 3);
  });

  it('does not stand in the way of a write to the database, which readers see', async () => {
    await acme().set(hits, 1);
    await back.flush();
    for (let i = 0; i < 4; i++) await acme().set(hits, bad);
    await using later = await beside([through]);
    expect((await configStore(later.orm).tenant('acme').set(through, 2)).version).toBe(6);
    await expectSettled(2, 6);
    expect(await back.deadLetters()).toMatchObject([{ version: 5 }]);
  });
});

it('names no value in what it throws', async () => {
  await acme().set(hits, 987_654);
  await system.sql('alter table tenantry_config_revision rename to elsewhere');
  const error = await back.flush().catch(thrown => thrown);
  await system.sql('alter table elsewhere rename to tenantry_config_revision');
  expect(error).toBeInstanceOf(TenantryError);
  expect(JSON.stringify([error.message, error])).not.toContain('987654');
});
