import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PlannedScope } from '../plan.ts';
import { bytesOf, toAsked } from './asked.ts';
import { slicesOf } from './slices-of.ts';

const scope = fc.constantFrom('global', 'groups/eu', 'groups/us', 'tenants/a', 'tenants/b', 'tenants/c', 'tenants/d');
const planned = fc.uniqueArray(
  fc.record({
    scope,
    moves: fc.boolean(),
    configs: fc.uniqueArray(fc.constantFrom('p', 'q', 'r', 's'), { maxLength: 4 }),
    length: fc.nat({ max: 9 }),
  }),
  { selector: each => each.scope, maxLength: 7 },
);

it('each config of each scope is told once, by a request that has all that its value comes of, and none has more than it may', () => {
  fc.assert(
    fc.property(
      planned,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 10, max: 300 }),
      (given, changes, bytes) => {
        const scopes = given.map(each => toPlanned(each));
        const all = scopes.flatMap(each => each.changes.map(change => toAsked(each.scope, change)));
        const slices = [...slicesOf(scopes, all, { changes, bytes })];
        const isPart = (asked: { readonly body: object }, slice: (typeof slices)[number]) =>
          slice.changes.includes(asked.body as never);
        for (const slice of slices) {
          expect(slice.changes.length).toBeLessThanOrEqual(changes);
          const sent = all.filter(each => isPart(each, slice)).reduce((sum, each) => sum + bytesOf(each), 0);
          expect(sent).toBeLessThanOrEqual(bytes);
        }
        for (const tenant of ['tenants/a', 'tenants/b', 'tenants/e', 'groups/eu', 'global'])
          for (const config of ['p', 'q', 'r', 's']) {
            const telling = slices.filter(({ tells }) => tells(tenant, config));
            expect(telling.length).toBeLessThanOrEqual(1);
            for (const slice of telling) {
              const needed = all.filter(
                each => each.change.config === config && (each.scope === tenant || !each.scope.startsWith('tenants/')),
              );
              expect(needed.every(each => isPart(each, slice))).toBe(true);
              const moved = scopes.filter(
                each => each.groups && (each.scope === tenant || !each.scope.startsWith('tenants/')),
              );
              const groups = slice.changes.filter(change => 'groups' in change).map(change => change.scope);
              expect(groups).toEqual(expect.arrayContaining(moved.map(each => each.scope)));
            }
          }
      },
    ),
    { numRuns: 1_000 },
  );
});

it('where one request can have all there is one, and where it cannot there are several that leave nothing out', () => {
  const scopes = Array.from({ length: 25 }, (_, i) =>
    toPlanned({ scope: `tenants/t${i}`, moves: true, configs: ['p', 'q'], length: 1 }),
  );
  const all = scopes.flatMap(each => each.changes.map(change => toAsked(each.scope, change)));
  const count = (changes: number) => [...slicesOf(scopes, all, { changes, bytes: 10_000 })].length;
  expect([count(75), count(74), count(30), count(2)]).toEqual([1, 2, 3, 0]);
  const told = [...slicesOf(scopes, all, { changes: 30, bytes: 10_000 })];
  for (const { scope } of scopes)
    for (const config of ['p', 'q']) expect(told.filter(each => each.tells(scope, config))).toHaveLength(1);
});

interface Given {
  readonly scope: string;
  readonly moves: boolean;
  readonly configs: readonly string[];
  readonly length: number;
}

function toPlanned({ scope, moves, configs, length }: Given): PlannedScope {
  const changes = configs.map(config => ({
    ...{ config, op: 'set', json: JSON.stringify('x'.repeat(length)), place: scope, isSecret: false },
  }));
  return { scope, ...(moves && { groups: { groups: ['eu'] } }), changes } as unknown as PlannedScope;
}
