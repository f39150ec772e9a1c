import type { EntityManager } from '@mikro-orm/core';
import { type Tenant, TenantryError } from '@tenantry/protocol';
import { tenantText, withoutValues } from '@tenantry/protocol/internal';
import { findOwn } from '../../database/own-queries.ts';
import { type LoadedRow, loadRows } from '../../definitions/load-rows.ts';
import type { KnownRecord } from '../../definitions/owner-resolver.ts';
import { ReplicatedConfig } from '../../definitions/replicated-config.ts';
import type { PresentState } from '../../definitions/replicated-definition.ts';
import { belongsNowhere } from '../../definitions/tenant-of-row.ts';
import { findLists, readLists } from '../../outbox/waiting-lists.ts';
import { Config, type ConfigRow } from '../../tables/config-tables.ts';
import { notDead, Outbox } from '../../tables/outbox.ts';

/** What the database says should stand in Redis for one record of one tenant. */
export interface Expected {
  readonly named: KnownRecord;
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
  named: readonly KnownRecord[],
): Promise<ExpectedRecords> {
  const byOwner = new Map<string, Expected>();
  const outbox: object[] = [];
  const ownerOfChange = new Map<string, string>();
  const waitFor = (definition: string, recordIds: readonly [owner: string, recordId: string][]) => {
    if (recordIds.length === 0) return;
    for (const [owner, recordId] of recordIds) ownerOfChange.set(`${definition}\n${recordId}`, owner);
    outbox.push({ definition, recordId: { $in: recordIds.map(([, recordId]) => recordId) } });
  };
  for (const [definition, records] of Map.groupBy(named, record => record.definition)) {
    if (definition instanceof ReplicatedConfig) continue;
    const ids = records.map(record => [record.owner, 'recordId' in record ? record.recordId : ''] as const);
    const loaded = await loadRows(
      em,
      definition,
      ids.map(([, id]) => id),
    );
    for (const [i, [owner, recordId]] of ids.entries())
      byOwner.set(owner, expectedOf(records[i] as KnownRecord, tenant, rowOf(loaded.get(recordId), recordId)));
    waitFor(
      definition.name,
      ids.map(([owner, id]) => [owner, id]),
    );
  }
  const configs = named.filter(record => record.definition instanceof ReplicatedConfig);
  const rows = await loadConfigRows(em, tenant, configs);
  for (const record of configs) {
    const row = rows.get((record.definition as ReplicatedConfig).config.configKey);
    byOwner.set(record.owner, expectedOf(record, tenant, row));
    if (row) waitFor(record.definition.name, [[record.owner, String(row.id)]]);
  }
  const unpublished = new Set<string>();
  if (outbox.length > 0) {
    const found = await findOwn(em, Outbox, { $or: outbox, ...notDead() }, { fields: ['definition', 'recordId'] });
    for (const { definition, recordId } of found) {
      const owner = ownerOfChange.get(`${definition}\n${recordId}`);
      if (owner !== undefined) unpublished.add(owner);
    }
  }
  const entities = [...new Set(named.map(({ definition }) => definition))].filter(
    definition => !(definition instanceof ReplicatedConfig),
  );
  const lists = await findLists(
    em,
    entities.map(({ name }) => name),
  );
  for await (const { definition, recordIds } of readLists(
    em,
    lists.map(({ id }) => id),
  ))
    for (const recordId of recordIds) {
      const owner = ownerOfChange.get(`${definition}\n${recordId}`);
      if (owner !== undefined) unpublished.add(owner);
    }
  return { byOwner, unpublished };
}

/** The row of this very id, or the error that says why it cannot be read. */
function rowOf(loaded: LoadedRow | undefined, recordId: string): object | undefined {
  if (!loaded) return undefined;
  if (!('row' in loaded)) return withoutValues(loaded.error, 'Reading the row');
  return loaded.recordId === recordId ? loaded.row : undefined;
}

/** The same for a row that was read already; `row` is an error where it could not be. */
export function expectedOf(named: KnownRecord, tenant: Tenant, row: object | undefined): Expected {
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
  const { definition } = named;
  if (definition instanceof ReplicatedConfig) {
    const rowVersion = Number((row as ConfigRow).version);
    // Only locked for a first write that did not happen.
    if (rowVersion === 0) return { ...nothing, rowVersion };
    const json = (row as ConfigRow).value ?? undefined;
    const until = keptUntil(definition, row as ConfigRow);
    return { ...nothing, rowVersion, json, state: definition.presentState(row), keptUntil: until };
  }
  try {
    const state = definition.presentState(row, 'recordId' in named ? named.recordId : '');
    return state.tenant === tenant ? { ...nothing, state, keptUntil: Number.POSITIVE_INFINITY } : nothing;
  } catch (error) {
    return belongsNowhere(error) ? nothing : { ...nothing, error: withoutValues(error, 'Encoding the row') };
  }
}

/** A value that Redis may drop after its ttl and the time it may be stale stays for so long after the last write. */
function keptUntil({ config }: ReplicatedConfig, { updatedAt }: ConfigRow): number {
  const { ttlMs, ttlJitter, maxStaleMs } = config;
  if (ttlMs === undefined || maxStaleMs === undefined) return Number.POSITIVE_INFINITY;
  return Number(updatedAt) + ttlMs * (1 - ttlJitter) + maxStaleMs;
}

async function loadConfigRows(
  em: EntityManager,
  tenant: Tenant,
  configs: readonly KnownRecord[],
): Promise<Map<string, ConfigRow>> {
  if (configs.length === 0) return new Map();
  const names = configs.map(({ definition }) => (definition as ReplicatedConfig).config.configKey);
  const rows = await findOwn(em, Config, { tenant: tenantText(tenant), name: { $in: names } });
  return new Map(rows.map(row => [row.name, row]));
}
