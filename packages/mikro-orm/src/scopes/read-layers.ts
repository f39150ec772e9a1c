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

/** A SELECT has so many names. */
const CONFIGS_AT_ONCE = 200;

/** The same of several configs, with few queries. */
export async function readValuesOfMany(
  { clock }: Pick<ConfigParts, 'clock'>,
  em: EntityManager,
  configs: readonly AnyConfig[],
): Promise<Map<AnyConfig, SetValues>> {
  const found = new Map(configs.map(({ configKey }) => [configKey, new Map<string, string>()]));
  const names = [...found.keys()];
  for (let i = 0; i < names.length; i += CONFIGS_AT_ONCE) {
    const name = { $in: names.slice(i, i + CONFIGS_AT_ONCE) };
    const rows = await findOwn(em, Config, { name, ...isSet(clock()) }, { fields: ['name', 'tenant', 'value'] });
    for (const { name, tenant, value } of rows) if (value !== null) found.get(name)?.set(tenant, value);
  }
  return new Map(configs.map(config => [config, found.get(config.configKey) as SetValues]));
}

function isSet(now: number) {
  return { deletedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] };
}

async function readSet({ dialect, clock }: Parts, em: EntityManager, name: string, locks: boolean): Promise<SetValues> {
  const where = { name, ...isSet(clock()) };
  const lockMode = locks ? lockModeOf(dialect, 'shared') : undefined;
  const rows = await findOwn(em, Config, where, { fields: ['tenant', 'value'], lockMode });
  return new Map(rows.flatMap(({ tenant, value }) => (value === null ? [] : [[tenant, value] as const])));
}
