import { seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { groupTenant, scopeOf } from '../wire/scope.ts';
import { GLOBAL_TENANT, type Tenant } from '../wire/tenant-id.ts';
import { scopeChain } from './scope-chain.ts';

type Graph = Readonly<Record<string, readonly string[]>>;

const chain = (graph: Graph, start: Tenant = 'acme') =>
  scopeChain(start, tenant => graph[tenant === 'acme' ? 'acme' : String(tenant).trim()]);
const namesOf = (graph: Graph, start?: Tenant) =>
  chain(graph, start).tenants?.map(tenant => scopeOf(tenant).replace('groups/', ''));

/** g1 is in g2, which is in g3 … */
const line = (length: number): Graph =>
  Object.fromEntries(Array.from({ length }, (_, i) => [`g${i + 1}`, i + 1 < length ? [`g${i + 2}`] : []]));

describe('the scopes of a tenant', () => {
  it.each<[what: string, graph: Graph, scopes: string[]]>([
    ['no groups', {}, ['tenants/acme', 'global']],
    ['groups, in their order', { acme: ['b', 'a'] }, ['tenants/acme', 'b', 'a', 'global']],
    [
      'the groups of groups after all groups',
      { acme: ['a', 'b'], a: ['p'], b: ['q'] },
      ['tenants/acme', 'a', 'b', 'p', 'q', 'global'],
    ],
    [
      'a group of two groups, after both',
      { acme: ['a', 'b'], a: ['p'], b: ['p'] },
      ['tenants/acme', 'a', 'b', 'p', 'global'],
    ],
    ['a group that is near and far, far', { acme: ['p', 'a'], a: ['p'] }, ['tenants/acme', 'a', 'p', 'global']],
    [
      'the example',
      { acme: ['a', 'b'], a: ['p'], b: ['q', 'p'], q: ['p'] },
      ['tenants/acme', 'a', 'b', 'q', 'p', 'global'],
    ],
    [
      'a group called as the tenant',
      { acme: ['eu'], eu: ['acme-group'] },
      ['tenants/acme', 'eu', 'acme-group', 'global'],
    ],
  ])('are with %s', (_, graph, scopes) => {
    expect(namesOf(graph)).toEqual(scopes);
  });

  it('of a group begin with it, and of the global one are itself', () => {
    expect(namesOf({ a: ['p'] }, groupTenant('a'))).toEqual(['a', 'p', 'global']);
    expect(namesOf({}, GLOBAL_TENANT)).toEqual(['global']);
  });

  it('go through eight groups and not through nine, for a tenant and for a group', () => {
    const of = (length: number) => ({ ...line(length), acme: ['g1'] });
    expect(namesOf(of(8))).toHaveLength(10);
    expect(chain(of(9))).toEqual({ fault: { kind: 'depth', path: Array.from({ length: 9 }, (_, i) => `g${i + 1}`) } });
    expect(namesOf(line(8), groupTenant('g1'))).toHaveLength(9);
    expect(chain(line(9), groupTenant('g1')).fault).toMatchObject({ kind: 'depth' });
  });

  it.each<[graph: Graph, path: string[]]>([
    [{ acme: ['a'], a: ['a'] }, ['a', 'a']],
    [{ acme: ['a'], a: ['b'], b: ['a'] }, ['a', 'b', 'a']],
    [{ acme: ['x', 'a'], x: ['b'], a: ['b'], b: ['c'], c: ['b'] }, ['b', 'c', 'b']],
  ])('that lead to themselves are found: %j', (graph, path) => {
    expect(chain(graph)).toEqual({ fault: { kind: 'cycle', path } });
  });

  it('are found at once, however many ways lead to a group', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 8 }, (_, level) => level).flatMap(level =>
        Array.from({ length: 32 }, (_, i) => [
          `l${level}.${i}`,
          level === 7 ? [] : Array.from({ length: 32 }, (_, j) => `l${level + 1}.${j}`),
        ]),
      ),
    );
    expect(namesOf({ ...wide, acme: Array.from({ length: 32 }, (_, i) => `l0.${i}`) })).toHaveLength(8 * 32 + 2);
  });

  const random = seededRandom();
  it(`have each group once, after all that are in it (seed ${random.seed})`, () => {
    for (let round = 0; round < 500; round++) {
      const names = Array.from({ length: random.int(1, 7) }, (_, i) => `g${i}`);
      const above = (from: number) => random.shuffle(names.slice(from)).filter(() => random.chance(0.5));
      const graph: Graph = { acme: above(0), ...Object.fromEntries(names.map((name, i) => [name, above(i + 1)])) };
      const found = namesOf(graph) ?? [];
      expect(new Set(found).size).toBe(found.length);
      expect([found[0], found.at(-1)]).toEqual(['tenants/acme', 'global']);
      for (const [i, name] of found.slice(1, -1).entries())
        for (const group of graph[name] ?? []) expect(found.indexOf(group)).toBeGreaterThan(i + 1);
    }
  });
});
