import type { EntityManager } from '@mikro-orm/core';
import { GLOBAL_TENANT, TenantryError } from '@tenantry/protocol';
import {
  checkFunctionOption,
  checkOptionNames,
  GRANTS_NAME,
  type GrantsConfig,
  isPlainText,
  refuseOption,
  TRY_AGAIN,
  tenantText,
  withoutValues,
} from '@tenantry/protocol/internal';
import type { ConfigParts } from '../configs/config-parts.ts';
import { type LockedConfig, lockConfigRows, lockedRow, writeConfigRows } from '../configs/config-rows.ts';
import { checkIdentity, type Identity } from '../configs/identity.ts';
import { internalFork } from '../database/internal-fork.ts';
import { deleteOwn, findOwn } from '../database/own-queries.ts';
import { retryTransaction } from '../database/retry-transaction.ts';
import { withinQuery } from '../database/within-query.ts';
import type { ReplicatedConfig } from '../definitions/replicated-config.ts';
import { decodeCursor, encodeCursor } from '../paging/cursor.ts';
import { checkPage } from '../paging/page.ts';
import { insertAuditRows } from '../tables/audit.ts';
import { type GrantRow, GrantTable, insertGrant } from '../tables/grant.ts';
import { checkScope, type Grant, isSameGrant, toGrant, toGrantedRow } from './grant.ts';
import { grantAudit } from './grant-audit.ts';
import type { GrantOptions, Grants } from './grants.ts';

/** What grants work with. `grants`: the config that counts their changes. */
export interface GrantParts
  extends Pick<ConfigParts, 'orm' | 'dialect' | 'registry' | 'capture' | 'clock' | 'identity'> {
  readonly grants: GrantsConfig;
}

const DATABASE_MS = 10_000;

/** What one change sees: nobody else changes grants until its transaction is over. */
interface LockedGrants {
  readonly em: EntityManager;
  readonly rows: readonly GrantRow[];
  readonly at: number;
  /** Says that something changed, to the audit log and to everybody who follows the grants. */
  changed(action: 'grant.give' | 'grant.take', grant: Grant): Promise<void>;
}

/** The grants in their table. */
export function createGrants(parts: GrantParts): Grants {
  const { orm, clock } = parts;
  const read = <T>(what: string, query: (em: EntityManager) => Promise<T>): Promise<T> =>
    withinQuery(DATABASE_MS, what, signal => query(internalFork(orm, signal))).catch(error =>
      Promise.reject(withoutValues(error, what, TRY_AGAIN)),
    );

  return {
    async give(given, options = {}) {
      const wanted = toGrantedRow(given, clock());
      const { actor } = identityOf(parts, options);
      return change(parts, 'Giving a grant', options, async ({ em, rows, at, changed }) => {
        const same = rows.find(row => isSameGrant(row, wanted));
        if (same) return toGrant(same);
        const row = { ...wanted, createdAt: at, createdBy: actor ?? null };
        const grant = toGrant({ ...row, id: await insertGrant(em, row) });
        await changed('grant.give', grant);
        return grant;
      });
    },

    async take(id, options = {}) {
      if (!Number.isSafeInteger(id) || id < 1) refuseOption('id', 'the id of a grant', id);
      return change(parts, 'Taking a grant', options, async ({ em, rows, changed }) => {
        const row = rows.find(each => Number(each.id) === id);
        if (!row) return undefined;
        await deleteOwn(em, GrantTable, { id: row.id });
        await changed('grant.take', toGrant(row));
        return toGrant(row);
      });
    },

    async list(options = {}) {
      const { limit } = checkPage('grants', options, ['who', 'scope']);
      const { who, scope, cursor } = options;
      if (who !== undefined && !isPlainText(who)) refuseOption('who', 'text without U+0000', who);
      if (scope !== undefined) checkScope(scope);
      const list = ['grants', who, scope];
      const last = decodeCursor(list, cursor);
      const where = {
        ...(who !== undefined && { who }),
        ...(scope !== undefined && { scope }),
        ...(last !== undefined && { id: { $gt: Number(last) } }),
      };
      const found = await read('Listing grants', em =>
        findOwn(em, GrantTable, where, { orderBy: { id: 'asc' }, limit: limit + 1 }),
      );
      const items = found.slice(0, limit).map(toGrant);
      const end = items.at(-1);
      return { items, cursor: found.length > limit && end ? encodeCursor(list, String(end.id)) : undefined };
    },

    async all() {
      const rows = await read('Reading grants', em => findOwn(em, GrantTable, {}, { orderBy: { id: 'asc' } }));
      return holding(rows, clock());
    },
  };
}

/**
 * One transaction: lock, ask whether it may be, change, tell. The lock is the row that counts the changes:
 *
 *   ann: takes "grant" from bob: locks, all → allowed               → commits
 *   bob: gives eve "edit":                          waits for the lock          → all, without his own → NOT_ALLOWED
 */
async function change<T>(
  parts: GrantParts,
  what: string,
  options: GrantOptions,
  work: (locked: LockedGrants) => Promise<T>,
): Promise<T> {
  const { orm, dialect, clock } = parts;
  const identity = identityOf(parts, options);
  let thrown: { readonly error: unknown } | undefined;
  const changeIn = async (em: EntityManager) => {
    const at = clock();
    const locked = await lockConfigRows(em, dialect, GLOBAL, [GRANTS_NAME], at);
    const rows = await findOwn(em, GrantTable, {}, { orderBy: { id: 'asc' } });
    try {
      checkAllowed(options, holding(rows, at));
    } catch (error) {
      thrown = { error };
      throw error;
    }
    const count = lockedRow(locked, GRANTS_NAME);
    return work({ em, rows, at, changed: (...change) => tell(parts, em, { count, identity, at }, change) });
  };
  try {
    return await withinQuery(DATABASE_MS, what, signal => retryTransaction(orm, dialect, changeIn, signal));
  } catch (error) {
    throw thrown?.error ?? withoutValues(error, what, TRY_AGAIN);
  }
}

const GLOBAL = tenantText(GLOBAL_TENANT);

async function tell(
  { registry, capture, grants }: GrantParts,
  em: EntityManager,
  { count: row, identity, at }: { readonly count: LockedConfig; readonly identity: Identity; readonly at: number },
  [action, grant]: Parameters<LockedGrants['changed']>,
): Promise<void> {
  const { actor = null, reason = null } = identity;
  await insertAuditRows(em, [grantAudit(action, grant, identity, at)]);
  const json = String(Number(row.json ?? 0) + 1);
  const revision = { op: 'set', actor, reason, origin: action } as const;
  const write = { row, version: row.version + 1, json, expiresAt: 0, at, revision };
  await writeConfigRows({ auditWrites: undefined }, em, [write]);
  const definition = registry.config(grants) as ReplicatedConfig;
  const changed = { definition, recordId: String(row.id), op: 'update', tenant: GLOBAL_TENANT } as const;
  const entry = await capture.enlist(em, [{ ...changed, before: undefined }]);
  entry.publishTimeoutMs = grants.cacheTimeoutMs;
}

/** A promise, or anything else that is not `true`, allows nothing. */
function checkAllowed({ allowed }: GrantOptions, all: readonly Grant[]): void {
  if (allowed && (allowed(all) as unknown) !== true)
    throw new TenantryError('NOT_ALLOWED', 'The grants that hold now do not allow this: nothing was written.');
}

function identityOf(parts: GrantParts, options: GrantOptions): Identity {
  checkOptionNames('the change of a grant', options, ['identity', 'allowed']);
  checkFunctionOption('allowed', options.allowed);
  const identity = { ...parts.identity(), ...options.identity };
  checkOptionNames('`identity`', identity, ['actor', 'reason', 'via']);
  checkIdentity(identity);
  return identity;
}

function holding(rows: readonly GrantRow[], now: number): readonly Grant[] {
  return rows.filter(({ expiresAt }) => expiresAt === null || Number(expiresAt) > now).map(toGrant);
}
