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

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    error => error as Error,
  );

describe('the groups of a tenant', () => {
  it('are kept in their order, replicated as a record, and have a history of versions', async () => {
    const { id } = fresh();
    const [a, b] = (await freshGroups(2)) as [string, string];
    expect(await store.scopes.get(id)).toEqual([]);
    expect(await store.scopes.set(id, [b, a], { actor: 'ann', reason: 'T-1' })).toMatchObject({
      version: 1,
      persisted: true,
    });
    expect(await store.scopes.get(id)).toEqual([b, a]);
    await system.drain();
    expect(await system.value(id, ADDRESS)).toEqual([b, a]);
    expect((await store.scopes.set(id, [a], { ifVersion: 1 })).version).toBe(2);
    expect(await codeOf(store.scopes.set(id, [], { ifVersion: 1 }))).toBe('CONFLICT');
    await system.drain();
    expect((await system.feed(id)).at(-1)?.changes).toMatchObject([{ owner: ADDRESS, version: 2 }]);
    expect((await store.scopes.set(id, [])).version).toBe(3);
    await system.drain();
    expect(await system.value(id, ADDRESS)).toEqual([]);
    expect(
      await system.sql('select actor, reason from tenantry_config_revision where tenant = ? and version = 1', [id]),
    ).toEqual([{ actor: 'ann', reason: 'T-1' }]);
  });

  it('are none of its configs: no list, no state, no quota and no definition has them', async () => {
    const { id, configs } = fresh();
    const [group] = (await freshGroups(1)) as [string];
    await configs.set(own, 1);
    await store.scopes.set(id, [group]);
    expect((await configs.list()).items.map(({ name }) => name)).toEqual(['own']);
    expect((await configs.list({ values: true })).items).toHaveLength(1);
    expect((await configs.state()).configs.map(({ name }) => name)).not.toContain('@groups');
    expect([...store.definitions.keys()]).toEqual(scopedConfigs.map(({ name }) => name));
    expect(store.definition('@groups')).toBeUndefined();
    await configs.set(plan, { seats: 2 });
    await store.scopes.set(id, []);
    expect(await codeOf(configs.set(scopedConfigs[1], { min: 1 }))).toBe('QUOTA_EXCEEDED');
  });

  it('must exist, be few, and be named once and well; nothing is written otherwise', async () => {
    const { id } = fresh();
    const [group] = (await freshGroups(1)) as [string];
    const unknown = await errorOf(store.scopes.set(id, [group, 'nowhere']));
    expect(unknown).toMatchObject({ code: 'UNKNOWN_GROUP', details: { groups: ['nowhere'] } });
    expect(await codeOf(store.scopes.set(id, [group, group]))).toBe('INVALID_VALUE');
    expect(
      await codeOf(
        store.scopes.set(
          id,
          Array.from({ length: 33 }, (_, i) => `g${i}`),
        ),
      ),
    ).toBe('INVALID_VALUE');
    expect(await codeOf(store.scopes.set(id, [' eu']))).toBe('INVALID_VALUE');
    expect(await codeOf(store.scopes.set(id, 'eu' as never))).toBe('INVALID_VALUE');
    expect(await codeOf(store.scopes.set(' eu', [group]))).toBe('INVALID_TENANT');
    expect(await codeOf(store.scopes.setGroup('a b'))).toBe('INVALID_GROUP');
    expect(await codeOf(store.scopes.set(id, [group], { expiresAt: 7 } as never))).toBe('INVALID_OPTION');
    expect(await store.scopes.get(id)).toEqual([]);
    expect(await system.sql('select version from tenantry_config where tenant = ? and version > 0', [id])).toEqual([]);
  });

  it('change with the rows of the same transaction, or not at all', async () => {
    const { id, configs } = fresh();
    const [group] = (await freshGroups(1)) as [string];
    const em = system.em();
    await em
      .transactional(async inner => {
        await store.scopes.set(id, [group], { em: inner });
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    expect(await store.scopes.get(id)).toEqual([]);
    await em.transactional(async inner => {
      await store.scopes.set(id, [group], { em: inner });
      await configs.set(own, 1, { em: inner });
    });
    await system.drain();
    const changes = (await system.feed(id)).at(-1)?.changes.map(({ owner }) => owner);
    expect(changes?.toSorted()).toEqual(['@config:@groups', '@config:own']);
  });
});

describe('a group', () => {
  it('is made, put into groups, listed with its members, and deleted when nobody is in it', async () => {
    const [top] = (await freshGroups(1)) as [string];
    const low = `${top}/low_er`;
    const { id } = fresh();
    expect(await store.scopes.getGroup(low)).toBeUndefined();
    await store.scopes.setGroup(low, [top]);
    expect(await store.scopes.getGroup(low)).toEqual([top]);
    await system.drain();
    expect(await system.value(groupTenant(low), ADDRESS)).toEqual([top]);
    await store.scopes.set(id, [low]);
    await store.scopes.set(fresh().id, [`${top}`]);
    expect((await store.scopes.members(low)).items).toEqual([`tenants/${id}`]);
    const members = (await pages(cursor => store.scopes.members(top, { limit: 1, cursor }))).flat();
    expect(members).toHaveLength(2);
    expect(members[0]).toBe(`groups/${low}`);
    expect((await pages(cursor => store.scopes.groups({ limit: 2, cursor }))).flat()).toEqual(
      expect.arrayContaining([top, low]),
    );
    const begun = (prefix: string) => pages(cursor => store.scopes.groups({ limit: 1, cursor, prefix }));
    expect((await begun(top)).flat()).toEqual([top, low]);
    expect((await begun(`${top}/`)).flat()).toEqual([low]);
    // Neither is a wildcard.
    for (const prefix of [`${top}/lowXer`, `${top}%`]) expect((await begun(prefix)).flat()).toEqual([]);
    expect(await errorOf(store.scopes.groups({ prefix: 5 } as never))).toMatchObject({ code: 'INVALID_OPTION' });

    expect(await errorOf(store.scopes.deleteGroup(low))).toMatchObject({
      code: 'GROUP_IN_USE',
      details: { scopes: [`tenants/${id}`] },
    });
    await store.scopes.set(id, []);
    await store.group(low).set(plan, { seats: 5 });
    expect(await errorOf(store.scopes.deleteGroup(low))).toMatchObject({
      code: 'GROUP_IN_USE',
      message: expect.stringContaining('"plan" is set in it'),
    });
    await store.group(low).unset(plan);
    await store.scopes.deleteGroup(low);
    expect(await store.scopes.getGroup(low)).toBeUndefined();
    expect(await codeOf(store.scopes.deleteGroup(low))).toBe('NOT_FOUND');
    expect(await codeOf(store.scopes.set(id, [low]))).toBe('UNKNOWN_GROUP');
    expect(await codeOf(store.group(low).set(plan, { seats: 5 }))).toBe('UNKNOWN_GROUP');
    expect((await store.scopes.setGroup(low)).version).toBe(3);
  });

  it('that differs from another in upper and lower case, or in one character, is another one', async () => {
    const { id } = fresh();
    for (const name of ['case_a', 'CASE_A', 'caseXa']) await store.scopes.setGroup(name);
    await store.scopes.set(id, ['caseXa']);
    expect((await store.scopes.members('case_a')).items).toEqual([]);
    await store.scopes.deleteGroup('case_a');
    expect(await store.scopes.getGroup('CASE_A')).toEqual([]);
  });

  // R15 (reader)
  it('cannot be in itself, nor lie under more than eight groups', async () => {
    const names = await freshGroups(9);
    for (const [i, name] of names.slice(0, 7).entries()) await store.scopes.setGroup(name, [names[i + 1] as string]);
    const [first, eighth, ninth] = [names[0], names[7], names[8]] as [string, string, string];
    expect(await errorOf(store.scopes.setGroup(eighth, [ninth]))).toMatchObject({
      code: 'GROUPS_TOO_DEEP',
      details: { groups: names },
    });
    expect(await errorOf(store.scopes.setGroup(eighth, [first]))).toMatchObject({
      code: 'GROUP_CYCLE',
      details: { groups: [eighth, ...names.slice(0, 8)] },
    });
    expect(await errorOf(store.scopes.setGroup(first, [first]))).toMatchObject({ code: 'GROUP_CYCLE' });
    const { id } = fresh();
    await store.scopes.set(id, [first]);
    expect(await store.scopes.getGroup(eighth)).toEqual([]);
  });

  // Each of two writers makes one half of a cycle. Whoever comes second sees the other half, or waits for it.
  it.each(['before', 'after'])(
    'does not come to be in itself by two transactions, where the second began %s the first was over',
    async moment => {
      const [a, b] = (await freshGroups(2)) as [string, string];
      for (const [one, other] of [
        [a, b],
        [b, a],
      ] as const) {
        await store.scopes.setGroup(a);
        await store.scopes.setGroup(b);
        const late = system.em();
        await late.begin();
        // From here on its plain reads are of this moment.
        await late.getConnection().execute('select 1 from tenantry_config', [], 'all', late.getTransactionContext());
        const first = system.em();
        await first.begin();
        await store.scopes.setGroup(one, [other], { em: first });
        const second = () => codeOf(store.scopes.setGroup(other, [one], { em: late }));
        if (moment === 'before') {
          const waiting = second();
          await first.commit();
          expect(await waiting).toBe('GROUP_CYCLE');
        } else {
          await first.commit();
          expect(await second()).toBe('GROUP_CYCLE');
        }
        await late.rollback();
        expect([await store.scopes.getGroup(one), await store.scopes.getGroup(other)]).toEqual([[other], []]);
      }
    },
  );

  it('that is being deleted takes no member meanwhile, and one that gets a member is not deleted', async () => {
    const [group] = (await freshGroups(1)) as [string];
    const { id } = fresh();
    const joining = system.em();
    await joining.begin();
    await store.scopes.set(id, [group], { em: joining });
    const deleting = codeOf(store.scopes.deleteGroup(group));
    await joining.commit();
    expect(await deleting).toBe('GROUP_IN_USE');
    await store.scopes.set(id, []);
    const leaving = system.em();
    await leaving.begin();
    await store.scopes.deleteGroup(group, { em: leaving });
    const late = codeOf(store.scopes.set(id, [group]));
    await leaving.commit();
    expect(await late).toBe('UNKNOWN_GROUP');
  });
});
