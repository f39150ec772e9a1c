import type { AnyConfig, WritePolicy } from '@tenantry/protocol';
import { refuseOption, withoutValues } from '@tenantry/protocol/internal';
import { decodeEnvelope, type Envelope } from '@tenantry/protocol/wire';
import { whenReady, within } from '@tenantry/redis';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { type ReadConfig, readConfigRows } from '../../configs/read-config-rows.ts';
import type { WriteBack } from '../../write-back/write-back.ts';

/** One config of one tenant: the database against Redis. */
export interface ConfigState {
  readonly name: string;
  readonly groups: readonly string[];
  readonly policy: WritePolicy;
  /** Whether readers get a value that somebody set. */
  readonly isSet: boolean;
  /** The database's version, an unset one too; 0: it never was set there. Undefined: it is not kept there. */
  readonly database: number | undefined;
  /** The version Redis knows, an unset one too; 0: none. */
  readonly redis: number;
  /** Whether Redis has a value. */
  readonly isInRedis: boolean;
  /** The version that is acknowledged and not yet in the database. */
  readonly dirty: number | undefined;
  /** How long, in ms, readers take it for fresh; 0: they load it anew. Undefined: as long as the feed says nothing newer. */
  readonly freshForMs: number | undefined;
  /** In how many ms Redis drops the value; undefined: never. */
  readonly dropsInMs: number | undefined;
  /** What Redis keeps for it, in bytes. */
  readonly bytes: number;
  /** Set, kept in Redis by its definition, and not there: its ttl has passed, it was evicted, or Redis lost it. */
  readonly isMissing: boolean;
  /** Redis's version is older than the database's. */
  readonly isBehind: boolean;
  /** Both say the same: nothing is dirty, missing, behind, or there although it is not set. */
  readonly inSync: boolean;
}

/** How many of a group's configs are what. */
export interface StateTotals {
  readonly configs: number;
  readonly set: number;
  readonly dirty: number;
  readonly missing: number;
  readonly behind: number;
  readonly inSync: number;
  readonly bytes: number;
}

/** A tenant's registered configs, the database against Redis. */
export interface TenantState {
  readonly configs: readonly ConfigState[];
  /** In the order of their names; a config with two groups counts in both. */
  readonly groups: readonly (StateTotals & { readonly name: string })[];
  readonly total: StateTotals;
}

/**
 * One SELECT and one pipeline, side by side: what is written meanwhile may look behind for a moment. `group`: only its
 * configs.
 */
export async function configState(
  parts: Pick<ConfigParts, 'orm' | 'registry' | 'clock' | 'redis' | 'replica'>,
  writeBack: Pick<WriteBack, 'present'>,
  tenant: string,
  group: string | undefined,
): Promise<TenantState> {
  if (group !== undefined && typeof group !== 'string') refuseOption('group', 'the name of a group', group);
  const definitions = parts.registry
    .configs()
    .map(({ definition }) => definition)
    .filter(({ groups }) => group === undefined || groups.includes(group))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const kept = definitions.filter(({ persistence }) => persistence === 'database');
  const late = definitions.filter(({ writePolicy }) => writePolicy === 'write-back');
  const [rows, dirty, standing] = await Promise.all([
    readConfigRows(parts, tenant, kept),
    late.length > 0 ? writeBack.present(tenant, late) : new Map<string, never>(),
    readStanding(parts, tenant, definitions),
  ]);
  const configs = definitions.map((definition, i) => {
    const present = dirty.get(definition.name);
    const unflushed = present?.dirty ? present : undefined;
    return toState(definition, rows.get(definition.name), unflushed, standing[i] as Standing, parts.clock());
  });
  const groups = [...new Set(configs.flatMap(each => each.groups))].sort().map(name => ({
    name,
    ...totals(configs.filter(({ groups: own }) => own.includes(name))),
  }));
  return { configs, groups, total: totals(configs) };
}

/** What Redis has of one config. */
interface Standing {
  /** The record's version; 0 none. */
  readonly version: number;
  /** Without its payload; undefined where there is none or none of ours. */
  readonly envelope: Envelope | undefined;
  readonly bytes: number;
  readonly dropsInMs: number | undefined;
}

const FIXED_BYTES = 35;

async function readStanding(
  { redis, replica }: Pick<ConfigParts, 'redis' | 'replica'>,
  tenant: string,
  definitions: readonly AnyConfig[],
): Promise<Standing[]> {
  if (definitions.length === 0) return [];
  const { records, keyPrefix } = replica.names.of(tenant);
  const budgetMs = Math.max(...definitions.map(({ cacheTimeoutMs }) => cacheTimeoutMs));
  const reading = async () => {
    await whenReady(redis);
    const pipeline = redis.pipeline().hmget(records, ...definitions.map(({ address }) => address));
    for (const { address } of definitions) {
      const key = keyPrefix + address;
      // The head of the envelope is enough: the value may be long.
      pipeline
        .getrangeBuffer(key, 0, FIXED_BYTES + address.length - 1)
        .strlen(key)
        .pttl(key);
    }
    const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });
    const known = replies[0] as (string | null)[];
    return definitions.map((_, i): Standing => {
      const [head, bytes, dropsIn] = replies.slice(1 + 3 * i, 4 + 3 * i) as [Buffer, number, number];
      return {
        version: Number(/^\d+/.exec(known[i] ?? '')?.[0] ?? 0),
        envelope: decodeHead(head),
        bytes,
        dropsInMs: dropsIn >= 0 ? dropsIn : undefined,
      };
    });
  };
  return within(budgetMs, 'Looking at Redis', reading()).catch(error => {
    throw withoutValues(error, 'Looking at Redis');
  });
}

function decodeHead(head: Buffer): Envelope | undefined {
  if (head.length === 0) return undefined;
  try {
    return decodeEnvelope(head);
  } catch {
    return undefined;
  }
}

function toState(
  { name, groups, writePolicy, persistence, cache }: AnyConfig,
  row: ReadConfig | undefined,
  unflushed: { readonly version: number; readonly json: string | undefined } | undefined,
  { version, envelope, bytes, dropsInMs }: Standing,
  now: number,
): ConfigState {
  const isInRedis = envelope !== undefined && !envelope.isAbsent;
  const hasDatabase = persistence === 'database';
  const database = hasDatabase ? (row?.version ?? 0) : undefined;
  const isSet = unflushed ? unflushed.json !== undefined : hasDatabase ? row?.json !== undefined : isInRedis;
  const isKept = cache === 'replicated' && writePolicy !== 'write-around';
  const isMissing = isSet && isKept && !isInRedis;
  // Redis forgets deletes after a while: then it knows nothing, which is what there is.
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
