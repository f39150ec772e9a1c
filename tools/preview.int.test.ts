import type { Scope } from '@tenantry/protocol';
import { createClient } from '@tenantry/sdk';
import { eventually, seededRandom, testServers } from '@tenantry/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configStore } from '../packages/mikro-orm/src/index.ts';
import { Plan, plans } from '../packages/mikro-orm/src/plans.fixture.ts';
import { plan, range, scopedConfigs } from '../packages/mikro-orm/src/scopes.fixture.ts';
import { openSystem, type TestSystem } from '../packages/mikro-orm/src/system.fixture.ts';

let system: TestSystem;

beforeAll(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: scopedConfigs } });
});
afterAll(() => system[Symbol.asyncDispose]());

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    error => (error as { code?: string }).code ?? error,
  );

const random = seededRandom();
it(`a preview is what readers get when its changes are made, and says which are refused (seed ${random.seed})`, async () => {
  const store = configStore(system.orm);
  await using client = await createClient({
    redis: testServers().redisUrl,
    prefix: system.prefix,
    readTimeoutMs: 60_000,
  });
  const groups = ['a', 'b', 'c'];
  for (const group of groups) await store.scopes.setGroup(group);
  await store.scopes.setGroup('a', ['c']);
  const tenants = ['one', 'two', 'three'];
  // From here on each of them is listed by itself.
  for (const tenant of tenants) await store.scopes.set(tenant, []);
  const configs = { range, plan };
  const values = async () => {
    const read = tenants.map(async tenant => {
      const [of, as] = await client.tenant(tenant).getMany([range, plan]);
      return { range: of, plan: as };
    });
    return Promise.all(read);
  };
  const makeChange = () => {
    const [kind, name] = random.pick([
      ['global', ''],
      ...groups.map(group => ['groups', group]),
      ...tenants.map(id => ['tenants', id]),
    ]) as [string, string];
    const scope = (kind === 'global' ? kind : `${kind}/${name}`) as Scope;
    const at = kind === 'global' ? store.global() : kind === 'groups' ? store.group(name) : store.tenant(name);
    if (kind === 'tenants' && random.chance(0.4)) {
      const into = random.shuffle(groups).slice(0, random.int(0, 2));
      return { change: { scope, groups: into }, make: () => store.scopes.set(name, into) };
    }
    if (random.chance(0.4)) {
      const value = { seats: random.int(1, 3) };
      return { change: { scope, config: plan, value }, make: () => at.set(plan, value) };
    }
    const value = random.pick([{ min: random.int(0, 60) }, { max: random.int(40, 100) }, { note: null }]);
    return { change: { scope, config: range, value }, make: () => at.set(range, value) };
  };
  for (let round = 0; round < 25; round++) {
    const { change, make } = makeChange();
    const before = await values();
    const preview = await store.preview([change]);
    const made = await codeOf(make());
    if (preview.changed.some(({ fault }) => fault)) {
      expect(['INVALID_VALUE', 'BREAKS_BELOW']).toContain(made);
      continue;
    }
    expect(made).toBe('no error');
    const expected = tenants.map((tenant, i) =>
      Object.keys(configs).map(name => {
        const changed = preview.changed.find(each => each.scope === `tenants/${tenant}` && each.config === name);
        return changed ? changed.after : before[i]?.[name as keyof typeof configs];
      }),
    );
    await eventually(
      async () => JSON.stringify((await values()).map(value => Object.values(value))) === JSON.stringify(expected),
      { message: `${JSON.stringify(change.scope)} to give ${JSON.stringify(expected)}` },
    );
  }
});
