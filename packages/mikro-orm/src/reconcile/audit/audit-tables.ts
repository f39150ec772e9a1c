import type { Tenant } from '@tenantry/protocol';
import type { ActualRecords } from '@tenantry/redis';
import { afterPrimaryKey, byPrimaryKey } from '../../database/primary-key.ts';
import type { NamedRecord } from '../../sources/owner-resolver.ts';
import { ReplicatedConfig } from '../../sources/replicated-config.ts';
import type { ReplicatedSource } from '../../sources/replicated-entity.ts';
import type { ConfigRow } from '../../tables/config-tables.ts';
import { judgeRecord } from '../compare/check-record.ts';
import { readTenant } from '../compare/confirm-suspects.ts';
import { type Expected, expectedOf, tenantOrNone } from '../compare/expected-records.ts';
import type { AuditRun } from './audit.ts';
import type { AuditPosition } from './audit-position.ts';

type Source = ReplicatedSource | ReplicatedConfig;

/** Rows that Redis does not have, or has otherwise. False: it was told to stop. */
export async function auditRows(
  run: AuditRun,
  from: Extract<AuditPosition, { walk: 'rows' }> | undefined,
): Promise<boolean> {
  // In an order that another process finds again.
  const sources = [...run.registry.all(), ...run.registry.configs()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const source of sources) {
    if (from?.source !== undefined && source.name < from.source) continue;
    const where = whereOf(run, source);
    if (!where) continue;
    let after = source.name === from?.source ? from.after : undefined;
    for (;;) {
      const rows = await readRows(run, source, where, after);
      await compareRows(run, source, rows);
      const last = rows.at(-1);
      if (!last || rows.length < run.batchSize) break;
      after = source.recordIdOf(last);
      if (!(await run.reached({ walk: 'rows', source: source.name, after }))) return false;
    }
  }
  return true;
}

/** Undefined: no row of this source can be the tenant's. */
function whereOf({ tenant }: AuditRun, source: Source): object | undefined {
  if (source instanceof ReplicatedConfig) {
    if (source.definition.persistence === 'none') return undefined;
    return tenant === undefined ? source.where : { $and: [source.where, { tenant }] };
  }
  if (tenant === undefined) return {};
  return source.definition.tenant === undefined ? undefined : { [source.definition.tenant]: tenant };
}

async function readRows({ orm, batchSize }: AuditRun, source: Source, where: object, after: string | undefined) {
  const condition = after === undefined ? where : { $and: [where, afterPrimaryKey(source.meta, after)] };
  return orm.em.fork().find(source.meta.class, condition as never, {
    ...source.findOptions,
    orderBy: byPrimaryKey(source.meta) as never,
    limit: batchSize,
    connectionType: 'write',
  });
}

interface Read {
  readonly tenant: Tenant;
  readonly byOwner: ReadonlyMap<string, Expected>;
  readonly standing: ActualRecords;
}

/** A first look, in one round trip for each tenant: nearly always all is well. */
async function compareRows(run: AuditRun, source: Source, rows: readonly object[]): Promise<void> {
  const perTenant = new Map<Tenant, Expected[]>();
  for (const row of rows) {
    const tenant = tenantOfRow(source, row);
    if (tenant === undefined || (run.tenant !== undefined && tenant !== run.tenant)) continue;
    run.counts.rows++;
    const expected = expectedOf(namedRow(source, row), tenant, row);
    perTenant.set(tenant, [...(perTenant.get(tenant) ?? []), expected]);
  }
  if (perTenant.size === 0) return;
  const read = await Promise.all(
    [...perTenant].map(async ([tenant, records]): Promise<Read> => {
      const byOwner = new Map(records.map(expected => [expected.named.owner, expected]));
      const addresses = records.flatMap(({ state }) => state?.addresses ?? []);
      return { tenant, byOwner, standing: await readTenant(run, tenant, byOwner.keys(), addresses) };
    }),
  );
  const versions = read.flatMap(({ standing }) => [...standing.records.values()].map(({ version }) => version));
  const drawn = await run.drawnAbove(Math.max(0, ...versions));
  const suspects = read.map(
    ({ tenant, byOwner, standing }): Suspects => ({
      tenant,
      owners: [...byOwner]
        .filter(([, expected]) => isSuspect(run, expected, byOwner, standing, drawn))
        .map(([owner]) => owner),
    }),
  );
  // A lost tenant has its rows in every batch, a few in each: several are looked at side by side.
  const waiting = suspects.filter(({ owners }) => owners.length > 0);
  const lookOn = async () => {
    // A row that is not there any more, or in another tenant, is the other half's.
    for (let next = waiting.pop(); next; next = waiting.pop()) await run.suspect(next.tenant, next.owners, [], hasRow);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lookOn));
}

interface Suspects {
  readonly tenant: Tenant;
  readonly owners: string[];
}

// Each takes a connection of the application's pool.
const SIDE_BY_SIDE = 4;

function isSuspect(
  { clock }: AuditRun,
  expected: Expected,
  byOwner: ReadonlyMap<string, Expected>,
  standing: ActualRecords,
  drawn: number,
): boolean {
  let isSure = true;
  const ask = () => {
    isSure = false;
  };
  return judgeRecord(expected, { expected: byOwner, standing, drawn, now: clock(), ask }) !== undefined || !isSure;
}

const hasRow = ({ expected }: { expected: Expected | undefined }) =>
  expected !== undefined && (expected.error !== undefined || expected.state?.op === 'put');

function namedRow(source: Source, row: object): NamedRecord {
  if (source instanceof ReplicatedConfig) return { owner: source.definition.address, source };
  const recordId = source.recordIdOf(row);
  return { owner: source.ownerOf(recordId), source, recordId };
}

const tenantOfRow = (source: Source, row: object): Tenant | undefined =>
  source instanceof ReplicatedConfig ? (row as ConfigRow).tenant : tenantOrNone(source, row);
