import { type ConfigSource, type Logger, TenantryError } from '@tenantry/protocol';
import {
  checkFunctionOption,
  checkLogger,
  checkOptionNames,
  checkWholeOption,
  LONGEST_TIMER_MS,
  refuseOption,
  withDefaults,
} from '@tenantry/protocol/internal';
import { createRedisNames, DEFAULT_PREFIX } from '@tenantry/protocol/wire';
import { type LocalReplica, type RedisClient, URL_OR_INSTANCE } from '@tenantry/redis';
import { type CheckedProtection, checkProtection, type ProtectOptions } from './protection/protect-options.ts';
import { type Bootstrap, type BootstrapValue, checkBootstrap } from './snapshot/bootstrap.ts';
import { type CheckedSnapshotFile, checkSnapshotFile, type SnapshotFileOptions } from './snapshot/snapshot-options.ts';

/** Options of `createClient`. All times are in milliseconds. */
export interface ClientOptions {
  /** An ioredis instance, which stays yours to close, or a `redis://` or `rediss://` URL, opened and closed here. */
  readonly redis?: RedisClient | string | undefined;
  /**
   * In the place of `redis`: a replica in this process, such as that of `openFolder` of `@tenantry/dev`; stays yours to close. Either of the
   * two must be given. `prefix` goes with `redis` alone.
   */
  readonly replica?: LocalReplica | undefined;
  /** The first part of every Redis name; the writers' must be the same. Default `tenantry`. */
  readonly prefix?: string | undefined;
  /**
   * Where configs are loaded from that Redis does not have: `databaseSource(orm)` or `workerSource({ redis })`; stays yours
   * to close. Default: nowhere, Redis and the feed are all there is.
   */
  readonly source?: ConfigSource | undefined;
  /**
   * A circuit breaker and a rate limit in front of the source, for each config; others for some configs and tenants. Where either holds a
   * load back, what is in memory is served, as stale; without anything there, calls reject with `CIRCUIT_OPEN` or `RATE_LIMITED`.
   * Default: neither.
   */
  readonly protect?: ProtectOptions | undefined;
  /**
   * Where the client keeps what it knows, and finds what the last process knew: it is served, as stale, until Redis and the feed are there.
   * Secrets are not in it. Default: nowhere.
   */
  readonly snapshotFile?: SnapshotFileOptions | undefined;
  /** Values to start with, made by `bootstrapValue`: shown, as stale, while neither Redis nor the snapshot file has said what stands there. Default none. */
  readonly bootstrap?: readonly BootstrapValue[] | undefined;
  /**
   * The longest that a call waits for Redis. Default 250. For a config it is its `cacheTimeout`, where that is shorter;
   * one that must be loaded takes up to its `databaseTimeout` besides, and where others load it up to one `cacheTimeout` more.
   */
  readonly readTimeoutMs?: number | undefined;
  /** How many addresses are kept in memory over all tenants, known absent ones included. Watched ones are kept in any case. Default 100,000. */
  readonly maxEntries?: number | undefined;
  /** A tenant that nobody watches or reads for this long is no longer followed. Default 60,000. */
  readonly idleMs?: number | undefined;
  /** A tenant that nobody watches or reads for this long is forgotten: its memory, its feed. Default 600,000. */
  readonly idleTenantMs?: number | undefined;
  /** How many tenants are held; above that, the one not read for longest is forgotten. Those in use are held in any case. Default 20,000. */
  readonly maxTenants?: number | undefined;
  /** How often memory is compared with Redis although it should be right. Default 60,000; 0 never. */
  readonly sweepMs?: number | undefined;
  /** How often the connection for pushes is checked; a silent one is found within two. Each feed is checked about every three minutes, or with each check where that is longer. Default 5,000. */
  readonly heartbeatMs?: number | undefined;
  /** How long a check or a repair of a feed may take. Default 1,000. */
  readonly feedTimeoutMs?: number | undefined;
  /** How long reads fail at once after a first failure; doubles with each further one. Default 100. */
  readonly backoffMs?: number | undefined;
  /** The longest such pause. Default 2,000. */
  readonly maxBackoffMs?: number | undefined;
  /**
   * ms since 1970. Default: the process's own. Where it is wrong does not matter: as soon as Redis has told its time, that decides when a
   * value ends.
   */
  readonly clock?: (() => number) | undefined;
  /** From 0 to 1, spreads retries. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /**
   * Told of what went wrong and was borne: a payload that cannot be decoded, a lost connection. Always a `TenantryError`; what is tried
   * again and again is told once, and again when its cause changes or when it comes back. Default: nobody.
   */
  readonly onTrouble?: ((error: unknown) => void) | undefined;
  /** Gets the same as lines, and each new status: pino, `console`, or anything with `warn` and `error`. Default: nobody. */
  readonly logger?: Logger | undefined;
}

/** What has no default. */
type Optional = 'redis' | 'replica' | 'source' | 'logger';

/** The options with every default filled in. */
export type CheckedOptions = Pick<ClientOptions, Optional> & {
  readonly [P in Exclude<keyof ClientOptions, Optional | keyof CheckedParts>]-?: NonNullable<ClientOptions[P]>;
} & CheckedParts;

/** The options that are checked and made into something else. */
interface CheckedParts {
  readonly protect: CheckedProtection | undefined;
  readonly snapshotFile: CheckedSnapshotFile | undefined;
  readonly bootstrap: Bootstrap;
}

const DEFAULTS = Object.freeze({
  prefix: DEFAULT_PREFIX,
  readTimeoutMs: 250,
  maxEntries: 100_000,
  idleMs: 60_000,
  idleTenantMs: 600_000,
  maxTenants: 20_000,
  sweepMs: 60_000,
  heartbeatMs: 5_000,
  feedTimeoutMs: 1_000,
  backoffMs: 100,
  maxBackoffMs: 2_000,
  // Nobody sets it: a pause of 100 ms stays one.
  clock: () => Math.floor(performance.timeOrigin + performance.now()),
  random: Math.random,
  onTrouble: () => undefined,
});

/** The smallest value of each number. */
const SMALLEST = Object.freeze({
  readTimeoutMs: 1,
  maxEntries: 1,
  idleMs: 1,
  idleTenantMs: 1,
  maxTenants: 1,
  sweepMs: 0,
  heartbeatMs: 10,
  feedTimeoutMs: 1,
  backoffMs: 0,
  maxBackoffMs: 0,
});

/** Throws `INVALID_OPTION`, which shows what arrived. */
export function checkOptions(options: ClientOptions): CheckedOptions {
  const others = ['snapshotFile', 'bootstrap', 'logger'];
  checkOptionNames('createClient', options, [
    'redis',
    'replica',
    'source',
    'protect',
    ...Object.keys(DEFAULTS),
    ...others,
  ]);
  for (const [name, smallest] of Object.entries(SMALLEST) as [keyof typeof SMALLEST, number][])
    checkWholeOption(name, options[name], smallest, LONGEST_TIMER_MS);
  for (const name of ['clock', 'random', 'onTrouble'] as const) checkFunctionOption(name, options[name]);
  checkLogger(options.logger);
  createRedisNames(options.prefix);
  checkReplica(options);
  if (options.source !== undefined && typeof options.source?.load !== 'function')
    refuseOption('source', 'a source, such as `databaseSource(orm)`', options.source);
  return {
    ...withDefaults(DEFAULTS, options),
    protect: options.protect === undefined ? undefined : checkProtection(options.protect),
    snapshotFile: checkSnapshotFile(options.snapshotFile),
    bootstrap: checkBootstrap(options.bootstrap),
  };
}

function checkReplica({ redis, replica, prefix }: ClientOptions): void {
  if (replica === undefined && redis === undefined)
    throw new TenantryError(
      'INVALID_OPTION',
      `\`redis\` must be ${URL_OR_INSTANCE}, got undefined. Without Redis give \`replica\` in its place, such as that of \`openFolder\`.`,
    );
  if (replica === undefined) return;
  if (redis !== undefined) refuseOption('replica', 'left out where `redis` is given', replica);
  if (prefix !== undefined) refuseOption('prefix', 'left out where `replica` is given', prefix);
  const { reader, subscribe } = (replica ?? {}) as Partial<LocalReplica>;
  if (typeof reader?.read !== 'function' || typeof subscribe !== 'function')
    refuseOption('replica', 'a replica in this process, such as that of `openFolder`', replica);
}
