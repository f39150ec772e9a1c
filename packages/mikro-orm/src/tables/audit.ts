import { type EntityManager, EntitySchema } from '@mikro-orm/core';
import { runOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';

/** Something that was done, and by whom. Outlives the tenant, the config and the grant that it is about. */
export interface AuditRow {
  id: number | string;
  /** ms since 1970. */
  at: number | string;
  /** `config.set`, `grant.give`, `dead-rows.retry`… */
  action: string;
  /** `global`, `groups/eu` or `tenants/acme`; null: the installation. */
  scope: string | null;
  /** The config's name. */
  config: string | null;
  version: number | string | null;
  actor: string | null;
  reason: string | null;
  /** From where: `admin 10.0.0.3`. */
  via: string | null;
  origin: string | null;
  /** JSON text of a list: the steps of a JSON Patch, without a value of a secret; at its end `{ "truncated": n }` where n did not fit. */
  diff: string | null;
  /** Of a write-back: when Redis took it, ms since 1970; `at` is when the database did. */
  acceptedAt: number | string | null;
}

/** The longest text of each column, in characters. */
export const AUDIT_LENGTHS = Object.freeze({
  ...{ action: 32, scope: 160, config: 128, actor: 255, reason: 1_000, via: 255, origin: 255 },
});

const text = (fieldName: keyof typeof AUDIT_LENGTHS, nullable = true) =>
  ({ fieldName, type: 'string', length: AUDIT_LENGTHS[fieldName], nullable }) as const;

/** The table `tenantry_audit`, part of the application's own schema and migrations. Its lists go by time along one index each. */
export const Audit: EntitySchema<AuditRow> = new EntitySchema<AuditRow>({
  name: 'TenantryAudit',
  tableName: 'tenantry_audit',
  indexes: [
    { name: 'tenantry_audit_at', properties: ['at', 'id'] },
    { name: 'tenantry_audit_scope', properties: ['scope', 'at', 'id'] },
    { name: 'tenantry_audit_scope_config', properties: ['scope', 'config', 'at', 'id'] },
    { name: 'tenantry_audit_config', properties: ['config', 'at', 'id'] },
    { name: 'tenantry_audit_actor', properties: ['actor', 'at', 'id'] },
    { name: 'tenantry_audit_action', properties: ['action', 'at', 'id'] },
  ],
  properties: {
    id: { fieldName: 'id', type: 'bigint', primary: true, autoincrement: true },
    at: { fieldName: 'at', type: 'bigint' },
    action: text('action', false),
    scope: text('scope'),
    config: text('config'),
    version: { fieldName: 'version', type: 'bigint', nullable: true },
    actor: text('actor'),
    reason: text('reason'),
    via: text('via'),
    origin: text('origin'),
    diff: { fieldName: 'diff', type: 'text', nullable: true },
    acceptedAt: { fieldName: 'accepted_at', type: 'bigint', nullable: true },
  },
});

/** What a new row has of its own. */
export type NewAuditRow = Omit<AuditRow, 'id'>;

// The cost of a statement grows with the square of its rows, and the server limits the size of a packet.
const BATCH = { rows: 250, characters: 1_000_000 };
const COLUMNS = [
  ...(['at', 'action', 'scope', 'config', 'version', 'actor', 'reason', 'via', 'origin', 'diff'] as const),
  'accepted_at',
] as const;

/** Inserts rows in the transaction of this entity manager, in few statements. Fires no hooks. */
export async function insertAuditRows(em: EntityManager, rows: readonly NewAuditRow[]): Promise<void> {
  for (const batch of batches(rows)) await insertBatch(em, batch);
}

function* batches(rows: readonly NewAuditRow[]): Generator<NewAuditRow[]> {
  let batch: NewAuditRow[] = [];
  let characters = 0;
  for (const row of rows) {
    const length = row.diff?.length ?? 0;
    if (batch.length > 0 && (batch.length >= BATCH.rows || characters + length > BATCH.characters)) {
      yield batch;
      [batch, characters] = [[], 0];
    }
    batch.push(row);
    characters += length;
  }
  if (batch.length > 0) yield batch;
}

/** By hand, as the rows of the outbox: it is on the way of every write. */
async function insertBatch(em: EntityManager, rows: readonly NewAuditRow[]): Promise<void> {
  const platform = em.getPlatform();
  const names = COLUMNS.map(name => platform.quoteIdentifier(name)).join(', ');
  const params: string[] = [];
  // A parameter costs more than what is spelled here.
  const spelled = (value: string | number | null) => {
    if (typeof value !== 'string') return String(value);
    params.push(value);
    return '?';
  };
  const values = rows.map(({ acceptedAt, ...row }) => {
    const texts = [row.scope, row.config, row.version, row.actor, row.reason, row.via, row.origin, row.diff];
    return `(${[row.at, row.action, ...texts, acceptedAt].map(spelled).join(', ')})`;
  });
  const sql = `insert into ${ownTable(em, 'audit')} (${names}) values ${values.join(', ')}`;
  await runOwn(em, sql, params, em.getTransactionContext());
}
