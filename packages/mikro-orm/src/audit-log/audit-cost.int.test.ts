import { type AnyConfig, defineConfig } from '@tenantry/protocol';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { configStore } from '../config-store/config-store.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { writeBack } from '../write-back/write-back.ts';

const patient = { cacheTimeout: '10s', databaseTimeout: '30s' } as const;
const config = defineConfig({ ...patient, name: 'one', schema: z.number() });
const later = defineConfig({ ...patient, name: 'later', schema: z.number(), writePolicy: 'write-back' });
const many: AnyConfig[] = Array.from({ length: 1_000 }, (_, i) =>
  defineConfig({ ...patient, name: `many/${i}`, schema: z.number() }),
);

const systems: TestSystem[] = [];
afterEach(async () => {
  for (const system of systems.splice(0)) await system[Symbol.asyncDispose]();
});

/** The statements of some work, BEGIN and COMMIT among them, and those that name the audit log. */
async function counting(admin: boolean) {
  const lines: string[] = [];
  const system = await openSystem({
    sync: [[Plan, plans]],
    tenantry: { ...(admin && { admin }), configs: [config, later, ...many] },
    orm: { debug: ['query'], colors: false, logger: line => lines.push(line) },
  });
  systems.push(system);
  const store = configStore(system.orm).tenant('acme');
  // The first write makes the rows that it locks.
  await store.set(config, 0);
  await store.setMany(many.map(each => [each, 0]));
  const of = async (work: () => Promise<unknown>) => {
    await system.replication.settled();
    lines.length = 0;
    await work();
    const statements = lines.filter(line => line.includes('[query]') && !line.includes('where 1 = 0'));
    const own = statements.filter(line => /tenantry_(audit|grant)/.test(line));
    return { all: statements.filter(line => !/delete from \S*tenantry_outbox/.test(line)).length, audit: own.length };
  };
  return {
    set: await of(() => store.set(config, 1)),
    bulk: await of(() => store.setMany(many.map(each => [each, 1]))),
    flush: await of(async () => {
      await store.set(later, 1);
      await writeBack(system.orm).flush('acme');
    }),
  };
}

it('a write costs one statement more with the audit log, a bulk of a thousand four, and none without', async () => {
  const [without, having] = [await counting(false), await counting(true)];
  expect(Object.values(without).map(({ audit }) => audit)).toEqual([0, 0, 0]);
  for (const [work, most] of [
    ['set', 1],
    ['bulk', 4],
    ['flush', 1],
  ] as const) {
    expect(having[work].audit).toBe(most);
    expect(having[work].all - without[work].all).toBe(most);
  }
});
