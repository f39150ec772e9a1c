import { IsolationLevel } from '@mikro-orm/core';
import type { AnyOrm, ConfigStore, PlannedWrite } from '@tenantry/mikro-orm';
import { type AnyConfig, type Scope, TenantryError } from '@tenantry/protocol';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import { WRITES } from '../plan/load-item.ts';
import type { PlannedItem } from '../plan/plan-scope.ts';

/** Where a loader writes, and as whom. */
export interface WriteParts {
  readonly orm: AnyOrm;
  readonly store: ConfigStore;
  readonly actor: string;
  readonly via: string;
}

/** As the store's own transactions. At the default level of MySQL, gap locks would hold up whoever writes another scope, or end in deadlocks. */
const LEVEL = { isolationLevel: IsolationLevel.READ_COMMITTED } as const;

/**
 * Writes what is planned for one scope in one transaction, which is one message to readers. Each write is made only over the version that was
 * planned for. Returns the new versions by config. Throws a `TenantryError`: nothing is written then.
 */
export async function writeScope(
  { orm, store, actor, via }: WriteParts,
  scope: Scope,
  items: readonly PlannedItem[],
): Promise<ReadonlyMap<string, number>> {
  const writes = items.filter(({ action }) => WRITES.has(action));
  const groups = writes.find(({ config }) => config === GROUPS_NAME);
  const values = writes.filter(({ config }) => config !== GROUPS_NAME);
  const versions = new Map<string, number>();
  await store.runAs({ actor, via }, () =>
    orm.em.fork().transactional(async em => {
      if (groups) versions.set(GROUPS_NAME, (await writeGroups(store, groups, em)).version);
      if (values.length === 0) return;
      const results = await configsOf(store, scope).writeMany(
        values.map(item => toWrite(store, item)),
        { em },
      );
      for (const [i, { version }] of results.entries()) versions.set(values[i]?.config as string, version);
    }, LEVEL),
  );
  return versions;
}

type Em = NonNullable<Parameters<ConfigStore['scopes']['setGroup']>[2]>['em'];

function writeGroups({ scopes }: ConfigStore, { scope, json, version, origin, reason }: PlannedItem, em: Em) {
  const name = scope.slice(scope.indexOf('/') + 1);
  const options = { em, origin, reason, ifVersion: version };
  const groups = json === undefined ? undefined : (JSON.parse(json) as string[]);
  if (scope.startsWith('tenants/')) return scopes.set(name, groups ?? [], options);
  return groups === undefined ? scopes.deleteGroup(name, options) : scopes.setGroup(name, groups, options);
}

function toWrite(store: ConfigStore, { config, json, version, origin, reason }: PlannedItem): PlannedWrite {
  const definition = store.definition(config);
  if (!definition) throw new TenantryError('NOT_REGISTERED', `There is no config "${config}": nothing was written.`);
  return { definition, value: json === undefined ? undefined : JSON.parse(json), ifVersion: version, origin, reason };
}

/** The configs of a scope. */
export function configsOf(store: ConfigStore, scope: Scope) {
  if (scope === 'global') return store.global();
  const name = scope.slice(scope.indexOf('/') + 1);
  return scope.startsWith('groups/') ? store.group(name) : store.tenant(name);
}

/** The configs that a file can speak of: those that the database keeps. */
export function fileConfigs(store: ConfigStore): AnyConfig[] {
  return [...store.definitions.values()].filter(({ persistence }) => persistence === 'database');
}
