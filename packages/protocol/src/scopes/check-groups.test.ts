import { seededRandom } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { TenantryError } from '../errors/tenantry-error.ts';
import { groupTenant } from '../wire/scope.ts';
import { checkAbove, checkBelow, checkKnown } from './check-groups.ts';

const memberships = (graph: Readonly<Record<string, readonly string[]>>) =>
  new Map(Object.entries(graph).map(([name, groups]) => [groupTenant(name), groups]));

function errorOf(check: () => void): { code: string; groups: readonly string[] | undefined } | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    return { code: error.code, groups: error.details.groups };
  }
}

it('only groups that exist can be named', () => {
  const known = memberships({ eu: [], us: [] });
  expect(errorOf(() => checkKnown('acme', ['eu', 'us'], known))).toBeUndefined();
  expect(errorOf(() => checkKnown('acme', ['eu', 'moon', 'mars'], known))).toEqual({
    code: 'UNKNOWN_GROUP',
    groups: ['moon', 'mars'],
  });
});

// R15 (reader)
it('a group is never in itself, over however many others, and the error shows the way', () => {
  const graph = memberships({ a: ['b'], b: ['c'], c: ['a'] });
  expect(errorOf(() => checkAbove(groupTenant('b'), graph))).toEqual({
    code: 'GROUP_CYCLE',
    groups: ['b', 'c', 'a', 'b'],
  });
  expect(errorOf(() => checkAbove(groupTenant('a'), memberships({ a: ['a'] })))).toEqual({
    code: 'GROUP_CYCLE',
    groups: ['a', 'a'],
  });
});

// R15 (reader)
it('there are at most eight groups above each other, counted from the lowest that moves with the change', () => {
  // g1 is in g2 …, and top1 in top2 …
  const line = (name: string, length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, i) => [`${name}${i + 1}`, i + 1 < length ? [`${name}${i + 2}`] : []]),
    );
  const joined = (below: number, above: number) =>
    memberships({ ...line('g', below), ...line('top', above), [`g${below}`]: ['top1'] });
  const check = (graph: ReturnType<typeof joined>, changed: string) =>
    errorOf(() => {
      checkAbove(groupTenant(changed), graph);
      checkBelow(groupTenant(changed), graph);
    });
  for (let below = 1; below <= 7; below++) {
    expect(check(joined(below, 8 - below), `g${below}`)).toBeUndefined();
    expect(check(joined(below, 9 - below), `g${below}`)).toMatchObject({ code: 'GROUPS_TOO_DEEP' });
  }
  expect(check(joined(3, 6), 'g3')?.groups).toHaveLength(9);
});

const random = seededRandom();
it(`the check of one change is as good as one of all groups (seed ${random.seed})`, () => {
  const names = Array.from({ length: 10 }, (_, i) => `g${i}`);
  for (let round = 0; round < 50; round++) {
    const graph = new Map(names.map(name => [groupTenant(name), [] as readonly string[]]));
    for (let change = 0; change < 40; change++) {
      const changed = groupTenant(random.pick(names));
      const groups = random.shuffle(names).slice(0, random.int(0, 2));
      const next = new Map([...graph, [changed, groups]]);
      const alone = errorOf(() => {
        checkAbove(changed, next);
        checkBelow(changed, next);
      });
      const all = errorOf(() => {
        for (const name of names) checkAbove(groupTenant(name), next);
      });
      expect(alone === undefined).toBe(all === undefined);
      if (!alone) graph.set(changed, groups);
    }
  }
});
