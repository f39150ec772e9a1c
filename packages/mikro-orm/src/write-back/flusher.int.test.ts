import { TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { holdNextScan, holdNextSettle } from '../held-calls.fixture.ts';
import type { TestSystem } from '../system.fixture.ts';
import { acme, back, beside, expectSettled, history, hits, others, system, useFlushes } from './flush.fixture.ts';
import { writeBack } from './write-back.ts';

useFlushes();

describe('a flush', () => {
  // L61, G9
  it('that crashed between the commit and its end in Redis is repeated, and changes nothing', async () => {
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

  it('counts a tenant once, whose name a scan of Redis gives twice', async () => {
    await acme().set(hits, 1);
    repeatScans(system.redis);
    // It has the first value, and leaves the second one: both would be counted twice.
    const held = holdNextSettle(system.redis);
    const flushing = back.flush();
    await held.reached;
    await acme().set(hits, 2);
    held.release();
    expect(await flushing).toEqual({ flushed: 0, deadLettered: 0, remaining: 1 });
    expect(await back.findDirtyTenants()).toBe(1);
    expect(await back.flush()).toEqual({ flushed: 1, deadLettered: 0, remaining: 0 });
  });

  it('leaves alone a value that is set after it has read', async () => {
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

  it('that was overtaken by another one does not bring back the entries that it has read', async () => {
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

  it('that was overtaken does not bring them back either when the history is gone', async () => {
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

  it('needs no process that still knows the definition', async () => {
    await acme().set(hits, 1);
    await using later = await beside([]);
    expect(await writeBack(later.orm).flush()).toMatchObject({ flushed: 1, remaining: 0 });
    await expectSettled(1, 1);
  });

  it('finds tenants that no hint names', async () => {
    await acme().set(hits, 1);
    await eventually(async () => (await back.dirtyTenants()).length === 1);
    await system.redis.del(system.replication.replica.names.dirtyTenants);
    expect(await back.dirtyTenants()).toEqual([]);
    expect(await back.findDirtyTenants()).toBe(1);
    expect(await back.dirtyTenants()).toEqual(['acme']);
    expect(await back.flush()).toMatchObject({ flushed: 1 });
    expect(await back.dirtyTenants()).toEqual([]);
  });

  it('leaves everything dirty while the database is away', async () => {
    await acme().set(hits, 1);
    await system.sql('alter table tenantry_config rename column version to elsewhere');
    for (let i = 0; i < 7; i++) await expect(back.flush()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await system.sql('alter table tenantry_config rename column elsewhere to version');
    expect(await back.deadLetters()).toEqual([]);
    expect(await back.flush()).toMatchObject({ flushed: 1, remaining: 0 });
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

/** As Redis may where names come and go meanwhile: each is given once more by the next step of the scan. */
function repeatScans(redis: TestSystem['redis']): void {
  const scan = redis.scan.bind(redis) as (...args: unknown[]) => Promise<[string, string[]]>;
  const given: string[] = [];
  const again = async (...args: unknown[]): Promise<[string, string[]]> => {
    const [next, found] = await scan(...args);
    const before = given.splice(0);
    given.push(...found);
    return [next, [...before, ...found, ...found]];
  };
  Object.assign(redis, { scan: again });
}
