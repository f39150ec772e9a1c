import type { AnyOrm } from '@tenantry/mikro-orm';
import type { Logger, TenantryError } from '@tenantry/protocol';
import {
  checkFunctionOption,
  checkLogger,
  checkOptionNames,
  checkWholeOption,
  refuseOption,
  withDefaults,
} from '@tenantry/protocol/internal';
import { createRedisNames } from '@tenantry/protocol/wire';
import { checkRedisClient, type RedisClient } from '@tenantry/redis';

/** Options of `startWorker`. */
export interface WorkerOptions {
  /** An ORM with the `tenantry` extension; never closed here. */
  readonly orm: AnyOrm;
  /** The application's connection; BullMQ gets connections of its own, made like this one. Never closed here. */
  readonly redis: RedisClient;
  /** The first part of BullMQ's names in Redis. Default: that of the replica. */
  readonly prefix?: string | undefined;
  /** How often, in ms, the outbox is relayed. Default 1,000. */
  readonly relayEveryMs?: number | undefined;
  /** How often, in ms, it is checked that Redis still has its data; one that lost it is filled again. Default 5,000. */
  readonly fillEveryMs?: number | undefined;
  /** How often, in ms, old tombstones are purged. Default 3,600,000 (1 hour). */
  readonly purgeEveryMs?: number | undefined;
  /** How old, in ms, a tombstone must be: longer than any publish could be delayed. Default 86,400,000 (1 day). */
  readonly tombstoneAgeMs?: number | undefined;
  /** How often, in ms, write-backs are brought into the database. Default 500. */
  readonly flushEveryMs?: number | undefined;
  /** How often, in ms, all of Redis is searched for write-backs that a lost hint or a lost job left. Default 60,000. */
  readonly sweepEveryMs?: number | undefined;
  /** How often, in ms, values whose `expiresAt` has passed are ended. Default 1,000. */
  readonly expireEveryMs?: number | undefined;
  /** How often, in ms, versions beyond their config's `keepRevisions` are deleted. Default 3,600,000 (1 hour). */
  readonly trimEveryMs?: number | undefined;
  /** How old, in ms, an entry of the audit log must be to be deleted by a run of `trimEveryMs`; 0: all are kept for ever. Default 0. */
  readonly auditLogRetentionMs?: number | undefined;
  /** How often, in ms, Redis is compared with the tables; 0: only after it lost something. Default 86,400,000 (1 day). */
  readonly auditEveryMs?: number | undefined;
  /** Has every audit repair what it finds. Default: only those after Redis lost something do. */
  readonly auditRepairs?: boolean | undefined;
  /** How long, in ms, `close` waits for work that is under way. Default 10,000. */
  readonly closeTimeoutMs?: number | undefined;
  /** Told about what went wrong and will be tried again, the same trouble once a minute. Never with values. */
  readonly onError?: ((error: TenantryError) => void) | undefined;
  /** Gets the same as lines: pino, `console`, or anything with `warn` and `error`. Default: nobody. */
  readonly logger?: Logger | undefined;
}

const DEFAULTS = Object.freeze({
  relayEveryMs: 1_000,
  fillEveryMs: 5_000,
  purgeEveryMs: 3_600_000,
  tombstoneAgeMs: 86_400_000,
  flushEveryMs: 500,
  sweepEveryMs: 60_000,
  expireEveryMs: 1_000,
  trimEveryMs: 3_600_000,
  auditLogRetentionMs: 0,
  auditEveryMs: 86_400_000,
  closeTimeoutMs: 10_000,
});

const DAY_MS = 86_400_000;
/** A shorter one was most likely meant in seconds or in days, and what was deleted does not come back. */
const HOUR_MS = 3_600_000;

// The most is what Node's timers bear, several turns of the schedule included.
const LIMITS = Object.freeze({
  relayEveryMs: { least: 10, most: DAY_MS },
  fillEveryMs: { least: 10, most: DAY_MS },
  purgeEveryMs: { least: 10, most: DAY_MS },
  tombstoneAgeMs: { least: 10, most: 3_650 * DAY_MS },
  flushEveryMs: { least: 10, most: DAY_MS },
  sweepEveryMs: { least: 10, most: DAY_MS },
  expireEveryMs: { least: 10, most: DAY_MS },
  trimEveryMs: { least: 10, most: DAY_MS },
  auditLogRetentionMs: { least: 0, most: 36_500 * DAY_MS },
  // The watchdog's patience is several turns.
  auditEveryMs: { least: 0, most: 7 * DAY_MS },
  closeTimeoutMs: { least: 10, most: DAY_MS },
});

/** The options as they were given, checked, and the defaults of the others. */
export type CheckedWorkerOptions = Pick<WorkerOptions, 'orm' | 'redis' | 'prefix' | 'logger'> &
  Readonly<Record<keyof typeof DEFAULTS, number>> & {
    readonly auditRepairs: boolean;
    readonly onError: (error: TenantryError) => void;
  };

export function checkWorkerOptions(options: WorkerOptions): CheckedWorkerOptions {
  checkOptionNames('startWorker', options, [
    'orm',
    'redis',
    'prefix',
    'onError',
    'logger',
    'auditRepairs',
    ...Object.keys(DEFAULTS),
  ]);
  checkRedisClient(options.redis);
  if (typeof options.orm?.em !== 'object') refuseOption('orm', 'a MikroORM instance', options.orm);
  checkFunctionOption('onError', options.onError);
  checkLogger(options.logger);
  const { auditRepairs } = options;
  if (auditRepairs !== undefined && typeof auditRepairs !== 'boolean')
    refuseOption('auditRepairs', 'true or false', auditRepairs);
  if (options.prefix !== undefined) createRedisNames(options.prefix);
  for (const name of Object.keys(LIMITS) as (keyof typeof LIMITS)[])
    checkWholeOption(name, options[name], LIMITS[name].least, LIMITS[name].most);
  const { auditLogRetentionMs = 0 } = options;
  if (auditLogRetentionMs > 0 && auditLogRetentionMs < HOUR_MS)
    refuseOption('auditLogRetentionMs', '0, or at least 3,600,000 ms (1 hour)', auditLogRetentionMs);
  return withDefaults({ ...DEFAULTS, auditRepairs: false, onError: () => undefined }, options);
}
