import type { EntityManager } from '@mikro-orm/core';
import type { AnyConfig } from '@tenantry/protocol';
import { GROUPS_NAME, type Memberships, type SetValues } from '@tenantry/protocol/internal';
import type { ConfigParts } from '../configs/config-parts.ts';
import { lockModeOf } from '../configs/config-rows.ts';
import { findOwn } from '../database/own-queries.ts';
import { Config } from '../tables/config-tables.ts';

type Parts = Pick<ConfigParts, 'dialect' | 'clock'>;

/** The groups of every tenant and group. `locks`: also what was committed after the transaction began. */
export async function readMemberships(parts: Parts, em: EntityManager, locks: boolean): Promise<Memberships> {
  const rows = await readSet(parts, em, GROUPS_NAME, locks);
  return new Map([...rows].map(([tenant, json]) => [tenant, JSON.parse(json) as readonly string[]]));
}

/** The value of a config in every scope that has one. */
export function readValues(
  parts: Parts,
  em: EntityManager,
  { configKey }: AnyConfig,
  locks: boolean,
): Promise<SetValues> {
  return readSet(parts, em, configKey, locks);
}

async function readSet({ dialect, clock }: Parts, em: EntityManager, name: string, locks: boolean): Promise<SetValues> {
  const now = clock();
  const where = { name, deletedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] };
  const lockMode = locks ? lockModeOf(dialect, 'shared') : undefined;
  const rows = await findOwn(em, Config, where, { fields: ['tenant', 'value'], lockMode });
  return new Map(rows.flatMap(({ tenant, value }) => (value === null ? [] : [[tenant, value] as const])));
}
