import { once } from 'node:events';
import { startRedisServer } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from '../plans.fixture.ts';
import { holdNextApply, openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync: [[Plan, plans]], ...options });
}

/** Rows that no hook saw. */
async function given(count: number): Promise<void> {
  await system.em().insertMany(
    Plan,
    Array.from({ length: count }, (_, i) => ({ tenantId: `t${i % 3}`, slug: `s${i}`, name: 'old' })),
  );
}

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

describe('a Redis that lost its data', () => {
  // R11
  it('is filled again once, from every table, and says so', async () => {
    await using server = await startRedisServer();
    await open({
      sync: [
        [Plan, plans],
        [Limit, limits],
      ],
      redisServer: server.url,
    });
    const em = system.em();
    for (let i = 0; i < 30; i++) em.create(Plan, { tenantId: `t${i % 3}`, slug: `s${i}` });
    em.create(Limit, { tenantId: 't0', amount: 1 });
    await em.flush();
    await system.replication.settled();
    const { replica } = system.replication;
    expect(await replica.isFilled()).toBe(false);
    expect(await system.replication.fillIfEmpty()).toBe(true);
    expect(await replica.isFilled()).toBe(true);
    expect(await system.replication.fillIfEmpty()).toBe(false);

    await system.redis.flushall();
    expect(await system.redisKeys()).toEqual({});
    expect(await replica.isFilled()).toBe(false);
    const definitions = new Set<string>();
    const fill = () => system.replication.fillIfEmpty({ onProgress: ({ definition }) => definitions.add(definition) });
    const filled = await Promise.all([fill(), fill()]);
    expect(filled.filter(Boolean)).toHaveLength(1);
    expect([...definitions]).toEqual(['plans', 'limits']);
    await expectConverged();
  });

  it('while it is filled is not called filled', async () => {
    await using server = await startRedisServer();
    await open({ redisServer: server.url });
    await given(3);
    const held = holdNextApply(system);
    const filling = system.replication.fillIfEmpty();
    await held.reached;
    await system.redis.flushall();
    held.release();
    expect(await filling).toBe(false);
    expect(await system.replication.fillIfEmpty()).toBe(true);
    await expectConverged();
  });

  // Where connections break more often than a fill takes.
  it('is filled although the connection breaks again and again, and goes on where it was', async () => {
    await using server = await startRedisServer();
    await open({ redisServer: server.url });
    await given(3_500);
    const { redis } = system;
    const replica = system.replication.replica as { apply: TestSystem['replication']['replica']['apply'] };
    const { apply } = replica;
    let [applied, breaks] = [0, 0];
    replica.apply = async (...args) => {
      const flags = await apply(...args);
      applied += args[1].length;
      // The last answer of every other batch is lost.
      if (applied < 1_900 * (breaks + 1)) return flags;
      breaks++;
      redis.disconnect(true);
      await once(redis, 'close');
      // What is told only once there is a connection again is no less lost.
      if (breaks % 2 === 1) await once(redis, 'ready');
      throw new Error('Connection is closed.');
    };
    const seen: number[] = [];
    expect(await system.replication.fillIfEmpty({ onProgress: ({ rows }) => seen.push(rows) })).toBe(true);
    expect(breaks).toBeGreaterThan(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    await expectConverged();
  });

  it('leaves the way free for the next fill where it fails', async () => {
    await using server = await startRedisServer();
    await open({ redisServer: server.url });
    await given(3);
    const replica = system.replication.replica as { apply: TestSystem['replication']['replica']['apply'] };
    const { apply } = replica;
    replica.apply = () => Promise.reject(new Error('for once'));
    await expect(system.replication.fillIfEmpty()).rejects.toThrow();
    replica.apply = apply;
    expect(await system.replication.fillIfEmpty()).toBe(true);
    await expectConverged();
  });
});
