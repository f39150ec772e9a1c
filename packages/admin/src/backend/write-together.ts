import { type EntityManager, IsolationLevel } from '@mikro-orm/core';
import type { AnyOrm, ConfigStore, PlannedWrite } from '@tenantry/mikro-orm';
import { type Scope, TenantryError } from '@tenantry/protocol';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';
import type { BackendChange, BackendGroups } from './admin-backend.ts';
import { storeOf } from './store-of.ts';

interface Parts {
  readonly orm: AnyOrm;
  readonly store: ConfigStore;
}

/** As the store's own transactions. At the default level of MySQL, gap locks would hold up whoever writes another scope, or end in deadlocks. */
const LEVEL = { isolationLevel: IsolationLevel.READ_COMMITTED } as const;
const TRIES = 5;
/** The longest that a caller waits for a transaction of ours. */
const LONGEST_MS = 30_000;

/** Several configs of one scope, and before them its groups, in one transaction. */
export async function writeTogether(
  parts: Parts,
  scope: Scope,
  changes: readonly BackendChange[],
  groups: BackendGroups | undefined,
): Promise<ReadonlyMap<string, number>> {
  const writes = changes.map(
    ({ config, value, ifVersion, origin }): PlannedWrite => ({
      definition: config,
      ...{ value, ifVersion, origin },
    }),
  );
  const versions =
    groups || isLong(writes)
      ? await within(LONGEST_MS, `Writing ${scope}`, writeInOne(parts, scope, writes, groups))
      : (await storeOf(parts.store, scope).writeMany(writes)).map(({ version }) => version);
  const [ofGroups] = groups ? versions.splice(0, 1) : [];
  const found = new Map(changes.map(({ config }, i) => [config.name, versions[i] as number]));
  return ofGroups === undefined ? found : found.set(GROUPS_NAME, ofGroups);
}

/** Whether they are more than `databaseTimeout`, which is for one write, may be too short for. */
function isLong(writes: readonly PlannedWrite[]): boolean {
  return writes.length > 250 || JSON.stringify(writes.map(({ value }) => value)).length > 1_000_000;
}

/** The version of the groups, where there are any, and of each write. */
async function writeInOne(
  { orm, store }: Parts,
  scope: Scope,
  writes: readonly PlannedWrite[],
  joined: BackendGroups | undefined,
): Promise<number[]> {
  for (let tries = 1; ; tries++) {
    // False: the transaction is being committed, or was: whether it is there is not known then, and it is not repeated.
    let isOpen = true;
    try {
      return await orm.em.fork().transactional(async em => {
        const first = joined ? [await writeGroups(store, scope, joined, em)] : [];
        const others = writes.length > 0 ? await storeOf(store, scope).writeMany(writes, { em }) : [];
        isOpen = false;
        return [...first, ...others].map(({ version }) => version);
      }, LEVEL);
    } catch (error) {
      // A deadlock has rolled all of it back.
      const isOver = !isOpen || !(error instanceof TenantryError && error.code === 'UNAVAILABLE' && error.retryable);
      if (isOver || tries >= TRIES) throw error;
    }
  }
}

function writeGroups({ scopes }: ConfigStore, scope: Scope, { groups, ...options }: BackendGroups, em: EntityManager) {
  const name = scope.slice(scope.indexOf('/') + 1);
  const given = { ...options, em };
  return scope.startsWith('groups/') ? scopes.setGroup(name, groups, given) : scopes.set(name, groups, given);
}
