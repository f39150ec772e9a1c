import type { Tenant } from '@tenantry/protocol';
import type { ActualRecords } from '@tenantry/redis';
import { internalFork } from '../../database/internal-fork.ts';
import { afterPrimaryKey, byPrimaryKey } from '../../database/primary-key.ts';
import type { KnownRecord } from '../../definitions/owner-resolver.ts';
import { ReplicatedConfig } from '../../definitions/replicated-config.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import { tenantOfRow } from '../../definitions/tenant-of-row.ts';
import type { ConfigRow } from '../../tables/config-tables.ts';
import { checkRecord } from '../compare/check-record.ts';
import { type Expected, expectedOf } from '../compare/expected-records.ts';
import { readTenant } from '../compare/read-tenant.ts';

import type { AuditPosition } from './audit-position.ts';
import type { AuditRun } from './audit-run.ts';

type Definition = ReplicatedEntity | ReplicatedConfig;

/** Rows that Redis does not have, or has otherwise. False: it was told to stop. */
export async function auditTables(
  run: AuditRun,
  from: Extract<AuditPosition, { walk: 'rows' }> | undefined,
): Promise<boolean> {
  // In an order that another process finds again.
  const definitions = [...run.parts.registry.entities(), ...run.parts.registry.configs()].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  for (const definition of definitions) {
    if (from?.definition !== undefined && definition.name < from.definition) continue;
    const where = whereOf(run, definition);
    if (!where) continue;
    let after = definition.name === from?.definition ? from.after : undefined;
    for (;;) {
      const rows = await readRows(run, definition, where, after);
      await compareRows(run, definition, rows);
      const last = rows.at(-1);
      if (!last || rows.length < run.options.batchSize) break;
      after = definition.recordIdOf(last);
      if (!(await run.reached({ walk: 'rows', definition: definition.name, after }))) return false;
    }
  }
  return true;
}

/** Undefined: no row of this definition can be the tenant's. */
function whereOf({ options: { tenant } }: AuditRun, definition: Definition): object | undefined {
  if (definition instanceof ReplicatedConfig) {
    if (definition.config.persistence === 'none') return undefined;
    return tenant === undefined ? definition.where : { $and: [definition.where, { tenant }] };
  }
  if (tenant === undefined) return {};
  return definition.sync.tenant === undefined ? undefined : { [definition.sync.tenant]: tenant };
}

async function readRows(
  { parts: { orm }, options: { batchSize } }: AuditRun,
  definition: Definition,
  where: object,
  after: string | undefined,
) {
  const em = internalFork(orm);
  const condition =
    after === undefined ? where : { $and: [where, afterPrimaryKey(definition.meta, after, em.getPlatform())] };
  return definition.findRows(em, condition, {
    orderBy: byPrimaryKey(definition.meta),
    limit: batchSize,
  });
}

interface Read {
  readonly tenant: Tenant;
  readonly byOwner: ReadonlyMap<string, Expected>;
  readonly standing: ActualRecords;
}

/** A first look, in one round trip for each tenant: nearly always all is well. */
async function compareRows(run: AuditRun, definition: Definition, rows: readonly object[]): Promise<void> {
  const perTenant = new Map<Tenant, Expected[]>();
  for (const row of rows) {
    const tenant = tenantOf(definition, row);
    if (tenant === undefined || (run.options.tenant !== undefined && tenant !== run.options.tenant)) continue;
    run.counts.rows++;
    const expected = expectedOf(namedRow(definition, row), tenant, row);
    perTenant.set(tenant, [...(perTenant.get(tenant) ?? []), expected]);
  }
  if (perTenant.size === 0) return;
  const read = await Promise.all(
    [...perTenant].map(async ([tenant, records]): Promise<Read> => {
      const byOwner = new Map(records.map(expected => [expected.named.owner, expected]));
      const addresses = records.flatMap(({ state }) => state?.addresses ?? []);
      return { tenant, byOwner, standing: await readTenant(run.parts, tenant, byOwner.keys(), addresses) };
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
  { parts: { clock, codec } }: AuditRun,
  expected: Expected,
  byOwner: ReadonlyMap<string, Expected>,
  standing: ActualRecords,
  drawn: number,
): boolean {
  let isSure = true;
  const ask = () => {
    isSure = false;
  };
  return (
    checkRecord(expected, { expected: byOwner, standing, drawn, now: clock(), codec, ask }) !== undefined || !isSure
  );
}

const hasRow = ({ expected }: { expected: Expected | undefined }) =>
  expected !== undefined && (expected.error !== undefined || expected.state?.op === 'put');

function namedRow(definition: Definition, row: object): KnownRecord {
  if (definition instanceof ReplicatedConfig) return { owner: definition.config.address, definition };
  const recordId = definition.recordIdOf(row);
  return { owner: definition.ownerOf(recordId), definition, recordId };
}

const tenantOf = (definition: Definition, row: object): Tenant | undefined =>
  definition instanceof ReplicatedConfig ? (row as ConfigRow).tenant : tenantOfRow(definition, row);
