import { GLOBAL_TENANT, type Scope } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import { menu, plan, range, scopedConfigs } from '../scopes.fixture.ts';
import { codeOf, fresh, store, system, useStore } from './store.fixture.ts';
import { pages } from './views/pages.fixture.ts';

useStore({ configs: scopedConfigs });

let groups = 0;

async function freshGroup(...above: string[]): Promise<string> {
  const name = `group-${++groups}`;
  await store.scopes.setGroup(name, above);
  return name;
}

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    error => error as Error,
  );

describe('a write of a merged config', () => {
  it('may be a part of a value, in any scope, and is checked as what comes of all', async () => {
    const { id, configs } = fresh();
    await configs.set(range, { min: 5 });
    expect((await configs.get(range))?.value).toEqual({ min: 5 });
    expect(await errorOf(configs.set(range, { min: 500 }))).toMatchObject({
      code: 'INVALID_VALUE',
      details: { issues: [{ message: 'min > max' }] },
    });
    expect(await codeOf(configs.set(range, { min: 'x' } as never))).toBe('INVALID_VALUE');
    expect((await configs.patch(range, { note: 'n' })).version).toBe(2);
    expect((await configs.get(range))?.value).toEqual({ min: 5, note: 'n' });
    expect(await codeOf(configs.set(range, { min: 1 }, { expiresAt: Date.now() + 1_000 }))).toBe('INVALID_OPTION');
    expect(await codeOf(store.tenant(`${id}-other`).set(menu, { items: [{ id: 'a' }] }))).toBe('INVALID_VALUE');
  });

  // R17 (reader)
  it('is refused where it would break tenants and groups below, which it names, and in no other case', async () => {
    const top = await freshGroup();
    const low = await freshGroup(top);
    const [one, two, free] = [fresh(), fresh(), fresh()];
    await store.scopes.set(one.id, [low]);
    await store.scopes.set(two.id, [top]);
    for (const { configs } of [one, two, free]) await configs.set(range, { min: 50 });
    await store.group(top).set(range, { max: 90 });
    expect(await errorOf(store.group(top).set(range, { max: 40 }))).toMatchObject({
      code: 'BREAKS_BELOW',
      details: { scopes: [one, two].map(({ id }) => `tenants/${id}`).sort(), issues: [{ message: 'min > max' }] },
    });
    expect(await errorOf(store.group(low).set(range, { max: 40 }))).toMatchObject({
      details: { scopes: [`tenants/${one.id}`] },
    });
    await one.configs.unset(range);
    await store.group(low).set(range, { max: 40 });
    expect(await codeOf(one.configs.set(range, { min: 50 }))).toBe('INVALID_VALUE');
    expect(await codeOf(store.group(low).unset(range))).toBe('no error');
    expect(await errorOf(store.global().set(range, { max: 40 }))).toMatchObject({
      code: 'BREAKS_BELOW',
      details: { scopes: [`tenants/${free.id}`] },
    });
    expect((await store.global().list()).items).toEqual([]);
    expect(await system.value(GLOBAL_TENANT, range.address)).toBeUndefined();
  });

  it('is refused where new groups would break the tenant, or those in the group', async () => {
    const [high, other] = [await freshGroup(), await freshGroup()];
    const { id, configs } = fresh();
    await configs.set(range, { max: 20 });
    await store.group(high).set(range, { min: 30 });
    expect(await codeOf(store.scopes.set(id, [high]))).toBe('INVALID_VALUE');
    await store.scopes.set(id, [other]);
    expect(await errorOf(store.scopes.setGroup(other, [high]))).toMatchObject({
      code: 'BREAKS_BELOW',
      details: { scopes: [`tenants/${id}`] },
    });
    await configs.set(range, { max: 40 });
    expect(await codeOf(store.scopes.setGroup(other, [high]))).toBe('no error');
  });

  // Each of the two is good alone. Whoever comes second waits for the first, and sees it.
  it.each(['the tenant', 'the group'])(
    'meets one in another scope at the same time: the second is refused, after %s',
    async who => {
      const group = await freshGroup();
      const { id, configs } = fresh();
      await store.scopes.set(id, [group]);
      const low = (em?: ReturnType<typeof system.em>) => configs.set(range, { min: 50 }, { em });
      const high = (em?: ReturnType<typeof system.em>) => store.group(group).set(range, { max: 40 }, { em });
      const [first, second] = who === 'the tenant' ? [low, high] : [high, low];
      const em = system.em();
      await em.begin();
      await first(em);
      const late = codeOf(second());
      await em.commit();
      expect(await late).toBe(who === 'the tenant' ? 'BREAKS_BELOW' : 'INVALID_VALUE');
    },
  );

  it('meets a change of groups at the same time: the second is refused', async () => {
    const group = await freshGroup();
    const { id, configs } = fresh();
    await store.group(group).set(range, { max: 40 });
    const em = system.em();
    await em.begin();
    await store.scopes.set(id, [group], { em });
    const late = codeOf(configs.set(range, { min: 50 }));
    await em.commit();
    expect(await late).toBe('INVALID_VALUE');
    await store.scopes.set(id, []);
    const other = system.em();
    await other.begin();
    await configs.set(range, { min: 50 }, { em: other });
    const joining = codeOf(store.scopes.set(id, [group]));
    await other.commit();
    expect(await joining).toBe('INVALID_VALUE');
  });
});

describe('a write of a replaced config', () => {
  it('is a whole value, and patches only what is set in its scope', async () => {
    const { configs } = fresh();
    expect(await codeOf(configs.set(plan, {} as never))).toBe('INVALID_VALUE');
    expect(await codeOf(configs.patch(plan, { name: 'x' }))).toBe('NOT_FOUND');
    await configs.set(plan, { seats: 3 });
    await configs.patch(plan, { name: 'x' });
    expect((await configs.get(plan))?.value).toEqual({ seats: 3, name: 'x' });
  });
});

describe('whoOverrides', () => {
  it('lists the scopes that say something of a part, in pages, with what they say', async () => {
    const top = await freshGroup();
    const low = await freshGroup(top);
    const [one, two, free] = [fresh(), fresh(), fresh()];
    await store.scopes.set(one.id, [low]);
    await store.scopes.set(two.id, [top]);
    await store.group(top).set(range, { max: 90 });
    await store.group(low).set(range, { note: null });
    await one.configs.set(range, { min: 1 });
    await two.configs.set(range, { min: 2, note: 'two' });
    await free.configs.set(range, { min: 3 });
    const scope: Scope = `groups/${top}`;
    const all = (await pages(cursor => store.whoOverrides(range, { scope, limit: 1, cursor }))).flat();
    const inOrder = [
      { scope: `groups/${low}`, version: 1, value: { note: null } },
      { scope: `tenants/${one.id}`, version: 1, value: { min: 1 } },
      { scope: `tenants/${two.id}`, version: 1, value: { min: 2, note: 'two' } },
    ].sort((x, y) => (x.scope < y.scope ? -1 : 1));
    expect(all).toEqual(inOrder);
    expect((await store.whoOverrides(range, { scope, path: '/note' })).items).toEqual([
      { scope: `groups/${low}`, version: 1, value: null },
      { scope: `tenants/${two.id}`, version: 1, value: 'two' },
    ]);
    const everywhere = (await pages(cursor => store.whoOverrides(range, { cursor }))).flat();
    expect(everywhere.map(each => each.scope)).toEqual(expect.arrayContaining([scope, `tenants/${free.id}`]));
    expect((await store.whoOverrides(range, { scope: `tenants/${free.id}` })).items).toEqual([]);
  });

  it('refuses what is no scope, no path, no cursor of its own and no inherited config', async () => {
    expect(await codeOf(store.whoOverrides(range, { scope: 'acme' as never }))).toBe('INVALID_OPTION');
    expect(await codeOf(store.whoOverrides(range, { path: 'note' }))).toBe('INVALID_OPTION');
    expect(await codeOf(store.whoOverrides(range, { cursor: 'x' }))).toBe('INVALID_CURSOR');
    expect(await codeOf(store.whoOverrides(scopedConfigs[3]))).toBe('NOT_INHERITED');
  });
});

describe('preview', () => {
  it('refuses changes of groups as the writes would be refused, all changes taken together', async () => {
    const top = await freshGroup();
    const [low, id] = [await freshGroup(top), fresh().id];
    const [ofTop, ofTenant] = [`groups/${top}`, `tenants/${id}`] as const;
    const code = (...changes: unknown[]) => codeOf(store.preview(changes as never));
    expect(await code({ scope: ofTop, groups: [low] })).toBe('GROUP_CYCLE');
    expect(await code({ scope: ofTenant, groups: [`${low}-new`] })).toBe('UNKNOWN_GROUP');
    expect(await code({ scope: `groups/${low}-new`, config: range, value: { min: 1 } })).toBe('UNKNOWN_GROUP');
    const line = Array.from({ length: 7 }, (_, i) => `${top}-${i}`);
    const made = line.map((name, i) => ({ scope: `groups/${name}`, groups: line.slice(i + 1, i + 2) }));
    // `low`, `top` and six more are eight.
    await store.preview([...made.slice(1), { scope: ofTop, groups: [line[1]] }] as never);
    expect(await code(...made, { scope: ofTop, groups: [line[0]] })).toBe('GROUPS_TOO_DEEP');
    for (const change of [null, 5, { scope: 'global', groups: [] }, { scope: ofTenant, groups: [], config: range }])
      expect(await code(change)).toBe('INVALID_OPTION');
    expect(await store.scopes.getGroup(top)).toEqual([]);
  });

  it('shows what other groups of a group that tenants are in would do', async () => {
    const [top, group] = [await freshGroup(), await freshGroup()];
    const { id } = fresh();
    await store.scopes.set(id, [group]);
    await store.group(top).set(range, { max: 70 });
    const { changed } = await store.preview([{ scope: `groups/${group}`, groups: [top] }]);
    expect(changed.map(({ scope, after }) => [scope, after])).toEqual([
      [`groups/${group}`, { min: 0, max: 70 }],
      [`tenants/${id}`, { min: 0, max: 70 }],
    ]);
  });

  it('shows what a change would do, changes nothing, and says why a value would be refused', async () => {
    const group = await freshGroup();
    const { id, configs } = fresh();
    await store.scopes.set(id, [group]);
    await configs.set(range, { min: 50 });
    const change = { scope: `groups/${group}` as const, config: range, value: { max: 60 } };
    expect(await store.preview([change])).toEqual({
      total: 2,
      changed: [
        { scope: `groups/${group}`, config: 'range', before: { min: 0, max: 100 }, after: { min: 0, max: 60 } },
        { scope: `tenants/${id}`, config: 'range', before: { min: 50, max: 100 }, after: { min: 50, max: 60 } },
      ].map(each => ({ ...each, fault: undefined })),
    });
    const broken = await store.preview([{ ...change, value: { max: 40 } }], { limit: 2 });
    expect(broken.changed.map(({ fault }) => fault?.code)).toEqual([undefined, 'INVALID_VALUE']);
    const regrouped = await store.preview([change, { scope: `tenants/${id}`, groups: [] }]);
    expect(regrouped.changed.map(({ scope }) => scope)).toEqual([`groups/${group}`]);
    expect((await store.group(group).list()).items).toEqual([]);
    expect(await codeOf(store.preview([{ scope: 'global', config: scopedConfigs[3], value: 1 }]))).toBe(
      'NOT_INHERITED',
    );
    expect(await codeOf(store.preview([{ scope: 'acme' as never, groups: [] }]))).toBe('INVALID_OPTION');
  });

  it('of a config that nobody inherits looks at the tenants of the changes alone, and refuses what the schema refuses', async () => {
    const own = scopedConfigs[3];
    const [one, two, third] = [fresh(), fresh(), fresh()];
    await one.configs.set(own, 1);
    await two.configs.set(own, 2);
    await third.configs.set(own, 3);
    const change = ({ id }: { id: string }, value: unknown) => ({
      scope: `tenants/${id}` as const,
      ...{ config: own, value },
    });
    expect(await store.preview([change(one, 1), change(two, 5), change(third, undefined)])).toEqual({
      total: 2,
      changed: [
        { scope: `tenants/${two.id}`, config: own.name, before: 2, after: 5, fault: undefined },
        { scope: `tenants/${third.id}`, config: own.name, before: 3, after: undefined, fault: undefined },
      ].sort((a, b) => (a.scope < b.scope ? -1 : 1)),
    });
    expect(await codeOf(store.preview([change(one, 'no')]))).toBe('INVALID_VALUE');
    expect((await one.configs.get(own))?.version).toBe(1);
  });
});
