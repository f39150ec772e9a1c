import type { Tenant } from '@tenantry/protocol';
import { tenantText } from '@tenantry/protocol/internal';
import { type ScannedKey, type ScannedRecord, type ScanPosition, scanReplica, whenReady } from '@tenantry/redis';
import { presentJson } from '../../configs/config-rows.ts';
import { internalFork } from '../../database/internal-fork.ts';
import { findOwn } from '../../database/own-queries.ts';
import { lockRows } from '../../definitions/lock-rows.ts';
import { isOnlyInRedis } from '../../definitions/owner-resolver.ts';
import type { ReplicatedConfig } from '../../definitions/replicated-config.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import { tenantOfRow } from '../../definitions/tenant-of-row.ts';
import { Config } from '../../tables/config-tables.ts';
import type { Finding } from '../compare/finding.ts';
import type { AuditRun } from './audit-run.ts';

/** What is in Redis and should not be. False: it was told to stop. */
export async function auditRedis(run: AuditRun, from: ScanPosition | undefined): Promise<boolean> {
  const { redis, replica } = run.parts;
  const { tenant, batchSize: count } = run.options;
  await whenReady(redis);
  for await (const page of scanReplica(redis, { names: replica.names, tenant, from, count })) {
    run.counts.records += page.records.length;
    run.counts.keys += page.keys.length;
    for (const [of, records] of Map.groupBy(page.records, record => record.tenant))
      await compareRecords(run, of, records);
    for (const [of, keys] of Map.groupBy(page.keys, key => key.tenant)) await compareKeys(run, of, keys);
    const position = page.next ? ({ walk: 'replica', scan: page.next } as const) : ({ walk: 'rows' } as const);
    if (!(await run.reached(position))) return false;
  }
  return true;
}

async function compareRecords(run: AuditRun, tenant: Tenant, records: readonly ScannedRecord[]): Promise<void> {
  const drawn = await run.drawnAbove(Math.max(0, ...records.map(record => record.version)));
  const entities = new Map<ReplicatedEntity, { owner: string; recordId: string }[]>();
  const configs: { record: ScannedRecord; definition: ReplicatedConfig }[] = [];
  const suspects: string[] = [];
  for (const record of records) {
    const { owner, version } = record;
    const isThere = record.addresses.length > 0;
    const named = run.compare.resolveOwner(owner);
    if (!named) {
      if (isThere)
        run.tell(tenant, { owner, mismatch: { kind: 'unknown' }, expected: undefined, actualVersion: version });
    } else if (isOnlyInRedis(named)) continue;
    else if (!('recordId' in named)) configs.push({ record, definition: named.definition });
    else if (version >= drawn) suspects.push(owner);
    else if (isThere) {
      const { recordId, definition } = named;
      entities.set(definition, [...(entities.get(definition) ?? []), { owner, recordId }]);
    }
  }
  for (const [definition, list] of entities) {
    const here = await recordIdsIn(run, tenant, definition, list);
    for (const { owner, recordId } of list) if (!here.has(recordId)) suspects.push(owner);
  }
  suspects.push(...(await suspectConfigs(run, tenant, configs)));
  if (suspects.length > 0) await run.suspect(tenant, suspects, [], isGone);
}

async function compareKeys(run: AuditRun, tenant: Tenant, keys: readonly ScannedKey[]): Promise<void> {
  const suspects: ScannedKey[] = [];
  for (const key of keys) {
    const named = run.compare.resolveOwner(key.owner);
    if (!named)
      run.tell(tenant, {
        owner: key.owner,
        mismatch: { kind: 'unknown', address: key.address },
        expected: undefined,
        actualVersion: 0,
      });
    else if (!isOnlyInRedis(named)) suspects.push(key);
  }
  if (suspects.length > 0) await run.suspect(tenant, [], suspects, () => true);
}

/** A row that is there, and what Redis has of it, is the other half's. */
const isGone = ({ expected, mismatch }: Finding) => mismatch.kind !== 'unpublishable' && expected?.state?.op !== 'put';

/** Which of these rows the tenant has. */
async function recordIdsIn(
  { parts: { orm, dialect } }: AuditRun,
  tenant: Tenant,
  definition: ReplicatedEntity,
  list: readonly { recordId: string }[],
): Promise<Set<string>> {
  const properties = definition.sync.tenant === undefined ? [] : [definition.sync.tenant];
  const ids = list.map(({ recordId }) => recordId);
  // Without a transaction it locks nothing.
  const rows = await lockRows({ em: internalFork(orm), ctx: undefined, dialect }, definition, ids, properties);
  return new Set([...rows].filter(([, row]) => tenantOfRow(definition, row) === tenant).map(([recordId]) => recordId));
}

async function suspectConfigs(
  { parts: { orm, clock } }: AuditRun,
  tenant: Tenant,
  configs: readonly { record: ScannedRecord; definition: ReplicatedConfig }[],
): Promise<string[]> {
  if (configs.length === 0) return [];
  const names = configs.map(({ definition }) => definition.config.configKey);
  const where = { tenant: tenantText(tenant), name: { $in: names } };
  const rows = await findOwn(internalFork(orm), Config, where);
  const byName = new Map(rows.map(row => [row.name, row]));
  return configs
    .filter(({ record, definition }) => {
      const row = byName.get(definition.config.configKey);
      const version = Number(row?.version ?? 0);
      const isSet = row !== undefined && presentJson(row, clock()) !== undefined;
      const isThere = record.addresses.length > 0;
      return isThere ? !isSet || record.version > version : version > 0 && record.version > version;
    })
    .map(({ record }) => record.owner);
}
