import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { type ConfigStore, configStore, type TenantConfigs } from '@tenantry/mikro-orm';
import type { SeededRandom } from '@tenantry/testing';
import { inTransaction, type KindOfWrite, UNDO, type WriteParts } from '../traffic/write-parts.ts';
import { merged, range, replaced, twin } from './layered-configs.ts';
import { SIDES, type Side } from './scope-addresses.ts';

/** What writers do to scopes, and how many of a hundred are of each kind. */
export const SCOPED: readonly KindOfWrite[] = [
  ['layer', 22, parts => inTransaction(parts, em => layer(parts, em, 1))],
  ['layers', 6, parts => inTransaction(parts, em => layer(parts, em, 3))],
  ['membership', 14, parts => expectingRefusals(() => membership(parts))],
  ['membership and layer', 4, parts => inTransaction(parts, em => both(parts, em))],
];

/** What the store refuses by right, and leaves nothing of. */
const REFUSALS = [
  ...['INVALID_VALUE', 'BREAKS_BELOW', 'UNKNOWN_GROUP', 'GROUP_CYCLE', 'GROUPS_TOO_DEEP', 'GROUP_IN_USE'],
  'NOT_FOUND',
];

async function expectingRefusals(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw REFUSALS.includes((error as { code?: string }).code as string) ? UNDO : error;
  }
}

/** Sets or unsets something in a few scopes of a side. */
async function layer(parts: WriteParts, em: EntityManager, scopes: number): Promise<void> {
  const { orm, random } = parts;
  const side = random.pick(SIDES);
  await expectingRefusals(async () => {
    for (let i = 0; i < scopes; i++) await writeIn(parts, pickScope(configStore(orm), side, random), em);
    if (random.chance(0.15)) throw UNDO;
  });
}

interface ScopeConfigs {
  readonly scope: string;
  readonly configs: TenantConfigs;
}

function pickScope(store: ConfigStore, { tenants, groups }: Side, random: SeededRandom): ScopeConfigs {
  const kind = random.int(0, 9);
  if (kind < 2) return { scope: 'global', configs: store.global() };
  const name = random.pick(kind < 6 ? groups : tenants);
  if (kind < 6) return { scope: `groups/${name}`, configs: store.group(name) };
  return { scope: `tenants/${name}`, configs: store.tenant(name) };
}

async function writeIn(
  { random, stamp }: WriteParts,
  { scope, configs }: ScopeConfigs,
  em: EntityManager,
): Promise<void> {
  const value = layeredValue(random, scope, stamp);
  // The global scope's are never unset: whoever has seen them and calls them gone has lost them.
  const isUnset = scope !== 'global' && random.chance(0.2);
  const kind = random.int(0, 9);
  if (kind < 5) {
    if (isUnset) return void (await configs.unsetMany([merged, twin], { em }));
    const other = { ...layeredValue(random, scope, stamp), marks: value.marks };
    await configs.setMany(
      [
        [merged, value],
        [twin, other],
      ],
      { em },
    );
  } else if (kind < 7) {
    if (isUnset) return void (await configs.unset(replaced, { em }));
    await configs.set(replaced, { fields: {}, items: [], ...value }, { em });
  } else {
    if (isUnset) return void (await configs.unset(range, { em }));
    const half = random.chance(0.5) ? { low: random.int(0, 55) } : { high: random.int(45, 100) };
    if (random.chance(0.3)) await configs.patch(range, { marks: value.marks, ...half }, { em });
    else await configs.set(range, { marks: value.marks, ...half }, { em });
  }
}

/** A part of a value. */
export function layeredValue(random: SeededRandom, scope: string, stamp: string) {
  const leaf = (): unknown =>
    random.pick<unknown>([stamp, null, {}, { x: stamp }, { y: stamp, z: null }, [], [stamp], { x: { y: stamp } }]);
  const fields = ['a', 'b', 'c', 'd', 'e/~f'].filter(() => random.chance(0.4)).map(name => [name, leaf()]);
  const items = ['i0', 'i1', 'i2'].filter(() => random.chance(0.4)).map(id => ({ id, [scope]: stamp, last: stamp }));
  return {
    marks: { [scope]: stamp },
    ...(fields.length > 0 ? { fields: Object.fromEntries(fields) } : {}),
    ...(random.chance(0.5) ? { items: random.shuffle(items) } : {}),
  };
}

/** Puts a tenant or a group into other groups. What would go round, or break somebody, is refused. */
async function membership({ orm, random, stamp }: WriteParts, em?: EntityManager): Promise<void> {
  const { scopes } = configStore(orm);
  const { tenants, groups } = random.pick(SIDES);
  const options = { reason: stamp, ...(em ? { em } : {}) };
  const some = (most: number): string[] => random.shuffle(groups).slice(0, random.int(0, most));
  if (random.chance(0.06)) await scopes.deleteGroup(random.pick(groups), options);
  else if (random.chance(0.5)) await scopes.set(random.pick(tenants), some(3), options);
  else {
    const group = random.pick(groups);
    await scopes.setGroup(
      group,
      some(2).filter(above => above !== group || random.chance(0.1)),
      options,
    );
  }
}

async function both(parts: WriteParts, em: EntityManager): Promise<void> {
  await expectingRefusals(() => membership(parts, em));
  await layer(parts, em, 1);
}

/** The groups, and what the global scope says from the beginning. In a transaction of the caller's, which no budget of a write ends. */
export async function prepareScopes(orm: MikroORM, em: EntityManager, random: SeededRandom): Promise<void> {
  const store = configStore(orm);
  const [stamp, marks] = ['first', { global: 'first' }];
  const value = layeredValue(random, 'global', stamp);
  await store.global().setMany(
    [
      [merged, value],
      [twin, value],
      [range, { marks, low: 10, high: 90 }],
      [replaced, { fields: {}, items: [], ...value }],
    ],
    { em },
  );
  for (const { tenants, groups } of SIDES) {
    for (const [i, group] of groups.entries())
      await store.scopes.setGroup(group, groups.slice(Math.max(0, i - 1), i), { em });
    for (const [i, tenant] of tenants.entries()) await store.scopes.set(tenant, groups.slice(i, i + 2), { em });
  }
}
