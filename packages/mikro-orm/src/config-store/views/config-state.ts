import type { AnyConfig, WritePolicy } from '@tenantry/protocol';
import { refuseOption } from '@tenantry/protocol/internal';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { type ReadConfig, readConfigRows } from '../../configs/read-config-rows.ts';
import type { RedisReader } from '../../write-back/redis-reader.ts';
import { type RedisState, readRedisStates } from './redis-state.ts';

/** One config of one tenant: the database's state beside Redis's. */
export interface ConfigState {
  readonly name: string;
  readonly groups: readonly string[];
  readonly policy: WritePolicy;
  /** True: readers get a value that was set, not the default. */
  readonly isSet: boolean;
  /** The database's version, also of an unset config; 0: it never was set there. Undefined: no database keeps it. */
  readonly database: number | undefined;
  /** The version in Redis, also of an unset config; 0: none. */
  readonly redis: number;
  /** True: Redis has a value. */
  readonly isInRedis: boolean;
  /** The version that is acknowledged and not yet in the database; undefined: none. */
  readonly dirty: number | undefined;
  /** For how many ms readers still take it for fresh; 0: they load it again. Undefined: until the feed names a newer version. */
  readonly freshForMs: number | undefined;
  /** In how many ms Redis drops the value; undefined: never. */
  readonly dropsInMs: number | undefined;
  /** The size of its value in Redis, in bytes. */
  readonly bytes: number;
  /** True: set, to be kept in Redis, and not there. Its ttl has passed, it was evicted, or Redis lost it. */
  readonly isMissing: boolean;
  /** True: Redis's version is older than the database's. */
  readonly isBehind: boolean;
  /** True: the two agree. Nothing is dirty, missing, behind, or in Redis although it is not set. */
  readonly inSync: boolean;
}

/** Of some configs, how many there are in each state, and their bytes in Redis. */
export interface StateTotals {
  readonly configs: number;
  readonly set: number;
  readonly dirty: number;
  readonly missing: number;
  readonly behind: number;
  readonly inSync: number;
  readonly bytes: number;
}

/** The state of a tenant's registered configs, in the order of their names. */
export interface TenantState {
  readonly configs: readonly ConfigState[];
  /** In the order of their names; a config with two groups counts in both. */
  readonly groups: readonly (StateTotals & { readonly name: string })[];
  readonly total: StateTotals;
}

/**
 * Reads one SELECT and one pipeline side by side: a config that is written meanwhile may look behind for a moment. With
 * `group`, only the configs of that group.
 */
export async function configState(
  parts: Pick<ConfigParts, 'orm' | 'registry' | 'clock' | 'redis' | 'replica'>,
  reader: Pick<RedisReader, 'present'>,
  tenant: string,
  group: string | undefined,
): Promise<TenantState> {
  if (group !== undefined && typeof group !== 'string') refuseOption('group', 'the name of a group', group);
  const definitions = parts.registry
    .applicationConfigs()
    .filter(({ groups }) => group === undefined || groups.includes(group))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const kept = definitions.filter(({ persistence }) => persistence === 'database');
  const late = definitions.filter(({ writePolicy }) => writePolicy === 'write-back');
  const [rows, present, inRedis] = await Promise.all([
    readConfigRows(parts, tenant, kept),
    late.length > 0 ? reader.present(tenant, late) : new Map<string, never>(),
    readRedisStates(parts, tenant, definitions),
  ]);
  const configs = definitions.map((definition, i) => {
    const { name } = definition;
    const unflushed = present.get(name)?.dirty ? present.get(name) : undefined;
    return toState(definition, rows.get(name), unflushed, inRedis[i] as RedisState, parts.clock());
  });
  const groups = [...new Set(configs.flatMap(each => each.groups))].sort().map(name => ({
    name,
    ...totals(configs.filter(({ groups: own }) => own.includes(name))),
  }));
  return { configs, groups, total: totals(configs) };
}

function toState(
  { name, groups, writePolicy, persistence, cache }: AnyConfig,
  row: ReadConfig | undefined,
  unflushed: { readonly version: number; readonly json: string | undefined } | undefined,
  { version, envelope, bytes, dropsInMs }: RedisState,
  now: number,
): ConfigState {
  const isInRedis = envelope !== undefined && !envelope.isAbsent;
  const hasDatabase = persistence === 'database';
  const database = hasDatabase ? (row?.version ?? 0) : undefined;
  const isSet = unflushed ? unflushed.json !== undefined : hasDatabase ? row?.json !== undefined : isInRedis;
  const isKept = cache === 'replicated' && writePolicy !== 'write-around';
  const isMissing = isSet && isKept && !isInRedis;
  // Redis forgets deletes after a while. Then it knows no version, and is right: the config is not set.
  const isBehind = hasDatabase && version < (database ?? 0) && (isSet || version > 0);
  const isLeft = isInRedis && (!isSet || envelope.version < version);
  return {
    name,
    groups,
    policy: writePolicy,
    isSet,
    database,
    redis: version,
    isInRedis,
    dirty: unflushed?.version,
    freshForMs: envelope?.freshUntil === undefined ? undefined : Math.max(0, envelope.freshUntil - now),
    dropsInMs,
    bytes,
    isMissing,
    isBehind,
    inSync: !unflushed && !isMissing && !isBehind && !isLeft,
  };
}

function totals(configs: readonly ConfigState[]): StateTotals {
  const count = (is: (state: ConfigState) => boolean) => configs.filter(is).length;
  return {
    configs: configs.length,
    set: count(({ isSet }) => isSet),
    dirty: count(({ dirty }) => dirty !== undefined),
    missing: count(({ isMissing }) => isMissing),
    behind: count(({ isBehind }) => isBehind),
    inSync: count(({ inSync }) => inSync),
    bytes: configs.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
