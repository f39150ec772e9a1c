import { type EntityManager, EntitySchema } from '@mikro-orm/core';
import { parseVersion } from '@tenantry/protocol/wire';
import { runOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';

/** A right that somebody was given. */
export interface GrantRow {
  id: number | string;
  /** `user:ann`, `group:ops`; `*`: anybody who has signed in. */
  who: string;
  /** Verbs, separated by blanks, in the order of `GRANT_VERBS`. */
  verbs: string;
  /** `global`, `groups/eu`, `tenants/acme`, `groups/*`, `tenants/*`, `installation`; `*`: all of these. */
  scope: string;
  /** A config's name, or what it begins with and a `*`. */
  config: string;
  /** ms since 1970. */
  createdAt: number | string;
  createdBy: string | null;
  /** ms since 1970; null: never. */
  expiresAt: number | string | null;
}

/** The longest text of each column, in characters. */
export const GRANT_LENGTHS = Object.freeze({ who: 255, scope: 160, config: 130, createdBy: 255 });

/** The table `tenantry_grant`, part of the application's own schema and migrations. */
export const GrantTable: EntitySchema<GrantRow> = new EntitySchema<GrantRow>({
  name: 'TenantryGrant',
  tableName: 'tenantry_grant',
  indexes: [
    { name: 'tenantry_grant_who', properties: ['who'] },
    { name: 'tenantry_grant_scope', properties: ['scope'] },
  ],
  properties: {
    id: { fieldName: 'id', type: 'bigint', primary: true, autoincrement: true },
    who: { fieldName: 'who', type: 'string', length: GRANT_LENGTHS.who },
    verbs: { fieldName: 'verbs', type: 'string', length: 64 },
    scope: { fieldName: 'scope', type: 'string', length: GRANT_LENGTHS.scope },
    config: { fieldName: 'config', type: 'string', length: GRANT_LENGTHS.config },
    createdAt: { fieldName: 'created_at', type: 'bigint' },
    createdBy: { fieldName: 'created_by', type: 'string', length: GRANT_LENGTHS.createdBy, nullable: true },
    expiresAt: { fieldName: 'expires_at', type: 'bigint', nullable: true },
  },
});

/** Inserts a row in the transaction of this entity manager, and answers its id. Fires no hooks. */
export async function insertGrant(em: EntityManager, row: Omit<GrantRow, 'id'>): Promise<number> {
  const platform = em.getPlatform();
  const names = ['who', 'verbs', 'scope', 'config', 'created_at', 'created_by', 'expires_at'];
  const columns = names.map(name => platform.quoteIdentifier(name)).join(', ');
  const returning = platform.usesReturningStatement();
  const sql = `insert into ${ownTable(em, 'grant')} (${columns}) values (?, ?, ?, ?, ?, ?, ?)${returning ? ' returning id' : ''}`;
  const { who, verbs, scope, config, createdAt, createdBy, expiresAt } = row;
  const params = [who, verbs, scope, config, createdAt, createdBy, expiresAt];
  const result = await runOwn(em, sql, params, em.getTransactionContext());
  return parseVersion(Number(returning ? result.rows?.[0]?.id : result.insertId));
}
