import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { groupTenant } from '@tenantry/protocol/internal';
import { describe, expect, it } from 'vitest';
import { own, plan, scopedConfigs } from '../scopes.fixture.ts';
import { codeOf, fresh, store, system, useStore } from './store.fixture.ts';
import { pages } from './views/pages.fixture.ts';

// Transactions of the application are left to the relay.
useStore({ configs: scopedConfigs, maxConfigsPerTenant: 2, publish: 'relay' });

let groups = 0;
const ADDRESS = '@config:@groups';

/** Groups that no other test has. */
async function freshGroups(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, () => `group-${++groups}`);
  for (const name of names) await store.scopes.setGroup(name);
  return names;
}

describe('what is set in a scope', () => {
  it('has the verbs of a tenant, a history and a record of its own, in a group and for all', async () => {
    const [group] = (await freshGroups(1)) as [string];
    for (const [configs, tenant] of [
      [store.group(group), groupTenant(group)],
      [store.global(), GLOBAL_TENANT],
    ] as const) {
      const { version } = await configs.set(plan, { seats: 5 }, { actor: 'ann' });
      expect(await system.value(tenant, plan.address)).toEqual({ seats: 5 });
      expect((await configs.update(plan, { seats: 6 }, { ifVersion: version })).version).toBe(version + 1);
      expect(await configs.patch(plan, { name: 'x' })).toMatchObject({ published: 'now' });
      expect((await configs.get(plan))?.value).toEqual({ seats: 6, name: 'x' });
      expect((await configs.history(plan)).items[2]).toMatchObject({ actor: 'ann', value: { seats: 5 } });
      expect((await configs.list()).items).toMatchObject([{ name: 'plan', version: version + 2 }]);
      await configs.rollback(plan, version);
      expect(await system.value(tenant, plan.address)).toEqual({ seats: 5 });
      expect((await configs.state()).configs.find(({ name }) => name === 'plan')).toMatchObject({ inSync: true });
      await configs.unset(plan);
      expect(await system.value(tenant, plan.address)).toBeUndefined();
    }
  });

  it('is no tenant in the list of tenants, whatever the prefix', async () => {
    const [group] = (await freshGroups(1)) as [string];
    await store.group(group).set(plan, { seats: 5 });
    await store.global().set(plan, { seats: 5 });
    const tenants = (await pages(cursor => store.tenants({ limit: 3, cursor }))).flat();
    expect(tenants.filter(tenant => tenant.startsWith(' '))).toEqual([]);
    for (const prefix of [' ', ' @', ` ${group}`]) expect((await store.tenants({ prefix })).items).toEqual([]);
    await store.global().unset(plan);
  });

  it('for all tenants is one message, in the feed of the global scope alone', async () => {
    const { id, configs } = fresh();
    await configs.set(own, 1);
    const before = (await system.feed(id)).length;
    await store.global().set(plan, { seats: 8 });
    expect((await system.feed(GLOBAL_TENANT)).at(-1)?.changes).toMatchObject([{ owner: plan.address }]);
    expect(await system.feed(id)).toHaveLength(before);
    await store.global().unset(plan);
  });

  it('is refused where no tenant would read it', async () => {
    expect(await codeOf(store.global().set(own, 1))).toBe('NOT_INHERITED');
    expect(await codeOf(store.global().setMany([[own, 1]]))).toBe('NOT_INHERITED');
    expect(await codeOf(Promise.resolve().then(() => store.group('a b')))).toBe('INVALID_GROUP');
  });

  it('comes back after Redis lost everything, and is found by an audit that repairs it', async () => {
    const [group] = (await freshGroups(1)) as [string];
    const { id } = fresh();
    await store.scopes.set(id, [group]);
    await store.group(group).set(plan, { seats: 5 });
    await store.global().set(plan, { seats: 7 });
    await system.drain();
    const { names } = system.replication.replica;
    const both: Tenant[] = [groupTenant(group), GLOBAL_TENANT];
    const lost = both.map(tenant => names.of(tenant).keyPrefix + plan.address);
    await system.redis.del(...lost, names.of(id).keyPrefix + ADDRESS);
    expect((await system.replication.audit({ repair: true })).repaired).toBeGreaterThanOrEqual(3);
    expect(await system.value(groupTenant(group), plan.address)).toEqual({ seats: 5 });
    expect(await system.value(GLOBAL_TENANT, plan.address)).toEqual({ seats: 7 });
    expect(await system.value(id, ADDRESS)).toEqual([group]);
    await system.redis.del(names.fillState);
    for (const key of await system.redis.keys(`${system.prefix}:{*`)) await system.redis.del(key);
    await system.replication.fillIfEmpty();
    expect(await system.value(groupTenant(group), plan.address)).toEqual({ seats: 5 });
    expect(await system.value(GLOBAL_TENANT, plan.address)).toEqual({ seats: 7 });
    expect(await system.value(id, ADDRESS)).toEqual([group]);
    await store.global().unset(plan);
  });

  it('that was not published at once is published by the relay', async () => {
    await system.em().transactional(async em => {
      await store.global().set(plan, { seats: 9 }, { em });
    });
    expect(await system.value(GLOBAL_TENANT, plan.address)).toBeUndefined();
    await system.drain();
    expect(await system.value(GLOBAL_TENANT, plan.address)).toEqual({ seats: 9 });
    await store.global().unset(plan);
  });
});
