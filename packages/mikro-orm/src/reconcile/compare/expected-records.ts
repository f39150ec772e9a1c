import { DriverException, type EntityManager } from '@mikro-orm/core';
import { type Tenant, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { primaryKeyWhere } from '../../database/primary-key.ts';
import type { NamedRecord } from '../../sources/owner-resolver.ts';
import { ReplicatedConfig } from '../../sources/replicated-config.ts';
import type { ReplicatedSource } from '../../sources/replicated-entity.ts';
import type { PresentState } from '../../sources/replicated-source.ts';
import { Config, type ConfigRow } from '../../tables/config-tables.ts';
import { Outbox } from '../../tables/outbox.ts';

/** What the database says should stand in Redis for one record of one tenant. */
export interface Expected {
  readonly named: NamedRecord;
  /** Undefined: the tenant has no such row. */
  readonly state: PresentState | undefined;
  /** A config's own version; undefined where it has no row, and for entities. */
  readonly rowVersion: number | undefined;
  /** A config's value, also where Redis is only told that it changed. */
  readonly json: string | undefined;
  /** Why its row cannot be published. */
  readonly error: TenantryError | undefined;
  /** ms since 1970, until which Redis keeps the value for sure; after it, the value may have been dropped. */
  readonly keptUntil: number;
}

/** Everything the database says of some records, at one moment. */
export interface ExpectedRecords {
  readonly byOwner: ReadonlyMap<string, Expected>;
  /** Owners that an unpublished transaction has changed. */
  readonly unpublished: ReadonlySet<string>;
}

/** Reads rows and outbox in the transaction of this entity manager, which must be one snapshot. */
export async function readExpected(
  em: EntityManager,
  tenant: Tenant,
  named: readonly NamedRecord[],
): Promise<ExpectedRecords> {
  const byOwner = new Map<string, Expected>();
  const outbox: object[] = [];
  const ownerOfChange = new Map<string, string>();
  const waitFor = (source: string, recordIds: readonly [owner: string, recordId: string][]) => {
    if (recordIds.length === 0) return;
    for (const [owner, recordId] of recordIds) ownerOfChange.set(`${source}\n${recordId}`, owner);
    outbox.push({ source, recordId: { $in: recordIds.map(([, recordId]) => recordId) } });
  };
  for (const [source, records] of Map.groupBy(named, record => record.source)) {
    if (source instanceof ReplicatedConfig) continue;
    const ids = records.map(record => [record.owner, 'recordId' in record ? record.recordId : ''] as const);
    const rows = await loadRows(
      em,
      source,
      ids.map(([, id]) => id),
    );
    for (const [i, [owner, recordId]] of ids.entries())
      byOwner.set(owner, expectedOf(records[i] as NamedRecord, tenant, rows.get(recordId)));
    waitFor(
      source.name,
      ids.map(([owner, id]) => [owner, id]),
    );
  }
  const configs = named.filter(record => record.source instanceof ReplicatedConfig);
  const rows = await loadConfigRows(em, tenant, configs);
  for (const record of configs) {
    const row = rows.get((record.source as ReplicatedConfig).definition.configKey);
    byOwner.set(record.owner, expectedOf(record, tenant, row));
    if (row) waitFor(record.source.name, [[record.owner, String(row.id)]]);
  }
  const unpublished = new Set<string>();
  if (outbox.length > 0) {
    const found = await em.getDriver().find(
      Outbox,
      { $or: outbox, availableAt: { $ne: null } } as never,
      {
        ctx: em.getTransactionContext(),
        connectionType: 'write',
        fields: ['source', 'recordId'],
      } as never,
    );
    for (const { source, recordId } of found as { source: string; recordId: string }[]) {
      const owner = ownerOfChange.get(`${source}\n${recordId}`);
      if (owner !== undefined) unpublished.add(owner);
    }
  }
  return { byOwner, unpublished };
}

/** The same for a row that was read already; `row` is an error where it could not be. */
export function expectedOf(named: NamedRecord, tenant: Tenant, row: object | undefined): Expected {
  const nothing: Expected = {
    named,
    state: undefined,
    rowVersion: undefined,
    json: undefined,
    error: undefined,
    keptUntil: 0,
  };
  if (!row) return nothing;
  if (row instanceof TenantryError) return { ...nothing, error: row };
  const { source } = named;
  if (source instanceof ReplicatedConfig) {
    const rowVersion = Number((row as ConfigRow).version);
    // Only locked for a first write that did not happen.
    if (rowVersion === 0) return { ...nothing, rowVersion };
    const json = (row as ConfigRow).value ?? undefined;
    const until = keptUntil(source, row as ConfigRow);
    return { ...nothing, rowVersion, json, state: source.presentState(row), keptUntil: until };
  }
  try {
    const state = source.presentState(row, 'recordId' in named ? named.recordId : '');
    return state.tenant === tenant ? { ...nothing, state, keptUntil: Number.POSITIVE_INFINITY } : nothing;
  } catch (error) {
    return belongsNowhere(error) ? nothing : { ...nothing, error: withoutValues(error, 'Encoding the row') };
  }
}

/** What belongs to no tenant is not replicated; that is no trouble of the row's. */
function belongsNowhere(error: unknown): boolean {
  return error instanceof TenantryError && (error.code === 'TENANT_MISSING' || error.code === 'INVALID_TENANT');
}

/** Of a row, or of the columns that say where it belongs; undefined: nowhere. */
export function tenantOrNone(source: ReplicatedSource, row: object): Tenant | undefined {
  try {
    return source.tenantOf(row);
  } catch (error) {
    if (belongsNowhere(error)) return undefined;
    throw error;
  }
}

/** A value that Redis may drop after its ttl and the time it may be stale stays for so long after the last write. */
function keptUntil({ definition }: ReplicatedConfig, { updatedAt }: ConfigRow): number {
  const { ttlMs, ttlJitter, maxStaleMs } = definition;
  if (ttlMs === undefined || maxStaleMs === undefined) return Number.POSITIVE_INFINITY;
  return Number(updatedAt) + ttlMs * (1 - ttlJitter) + maxStaleMs;
}

async function loadConfigRows(
  em: EntityManager,
  tenant: Tenant,
  configs: readonly NamedRecord[],
): Promise<Map<string, ConfigRow>> {
  if (configs.length === 0) return new Map();
  const names = configs.map(({ source }) => (source as ReplicatedConfig).definition.configKey);
  const rows = await em
    .getDriver()
    .find(
      Config,
      { tenant: tenant as string, name: { $in: names } },
      { ctx: em.getTransactionContext(), connectionType: 'write' },
    );
  return new Map((rows as ConfigRow[]).map(row => [row.name, row]));
}

/** One row that cannot be read (a custom type that throws) must not hide the others. */
async function loadRows(
  em: EntityManager,
  source: ReplicatedSource,
  recordIds: readonly string[],
): Promise<Map<string, object>> {
  try {
    // Each source in a memory of its own: one that selects less of the same entity would hide the rest from the other.
    const rows = await em
      .fork({ keepTransactionContext: true })
      .find(source.meta.class, primaryKeyWhere(source.meta, recordIds) as never, {
        ...source.findOptions,
        connectionType: 'write',
      });
    return new Map(rows.map(row => [source.recordIdOf(row), row]));
  } catch (error) {
    if (error instanceof DriverException) throw error;
    if (recordIds.length === 1) return new Map([[recordIds[0] as string, withoutValues(error, 'Reading the row')]]);
    const each = await Promise.all(recordIds.map(id => loadRows(em, source, [id])));
    return new Map(each.flatMap(rows => [...rows]));
  }
}
