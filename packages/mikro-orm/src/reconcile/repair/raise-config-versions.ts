import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { tenantOfText } from '@tenantry/protocol/internal';
import type { TransactionCapture } from '../../capture/transaction/capture.ts';
import { type AuditWrites, type ConfigWrite, lockConfigRows, writeConfigRows } from '../../configs/config-rows.ts';
import type { Dialect } from '../../database/dialect.ts';
import { findOwn } from '../../database/own-queries.ts';
import { retryTransaction } from '../../database/retry-transaction.ts';
import type { ReplicatedConfig } from '../../definitions/replicated-config.ts';
import { Config } from '../../tables/config-tables.ts';

/** What raising works with. */
export interface RaiseParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly capture: TransactionCapture;
  readonly clock: () => number;
  readonly auditWrites: AuditWrites | undefined;
}

/** A config of a tenant whose next version must be above what Redis has. */
export interface RaisedConfig {
  readonly definition: ReplicatedConfig;
  readonly above: number;
}

/**
 * Makes a new version of configs as they stand in the database, above what Redis has of them, and publishes it: readers that
 * hold something else under the present version take only a newer one.
 */
export async function raiseConfigVersions(
  parts: RaiseParts,
  tenant: string,
  raised: readonly RaisedConfig[],
  origin: string,
): Promise<void> {
  return retryTransaction(parts.orm, parts.dialect, em => raiseIn(parts, em, tenant, raised, origin));
}

async function raiseIn(
  { dialect, capture, clock, auditWrites }: RaiseParts,
  em: EntityManager,
  tenant: string,
  raised: readonly RaisedConfig[],
  origin: string,
): Promise<void> {
  const at = clock();
  const names = raised.map(({ definition }) => definition.config.configKey);
  const locked = await lockConfigRows(em, dialect, tenant, names, at);
  const ends = await endsOf(em, tenant, names);
  const writes = raised.flatMap(({ definition, above }): ConfigWrite[] => {
    const row = locked.get(definition.config.configKey);
    if (!row) return [];
    const { json } = row;
    const revision = { op: json === undefined ? 'unset' : 'set', actor: null, reason: null, origin } as const;
    const expiresAt = json === undefined ? 0 : (ends.get(row.name) ?? 0);
    return [{ row, version: Math.max(row.version, above) + 1, json, expiresAt, at, revision }];
  });
  await writeConfigRows({ auditWrites }, em, writes);
  const definitions = new Map(raised.map(({ definition }) => [definition.config.configKey, definition]));
  await capture.enlist(
    em,
    writes.map(({ row, json }) => ({
      definition: definitions.get(row.name) as ReplicatedConfig,
      recordId: String(row.id),
      op: json === undefined ? ('delete' as const) : ('update' as const),
      tenant: tenantOfText(tenant),
      // A key that no record lists goes with it.
      before: { addresses: [(definitions.get(row.name) as ReplicatedConfig).config.address] },
    })),
  );
}

/** When the locked values end by themselves. */
async function endsOf(em: EntityManager, tenant: string, names: string[]): Promise<Map<string, number>> {
  const rows = await findOwn(em, Config, { tenant, name: { $in: names } }, { fields: ['name', 'expiresAt'] });
  return new Map(rows.map(row => [row.name, Number(row.expiresAt ?? 0)]));
}
