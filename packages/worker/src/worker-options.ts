import type { MikroORM } from '@mikro-orm/core';
import { describeArrived, TenantryError } from '@tenantry/protocol';
import { checkRedisClient, type RedisClient } from '@tenantry/redis';

/** Options of `startWorker`. */
export interface WorkerOptions {
  /** An ORM with the `tenantry` extension; never closed here. */
  readonly orm: MikroORM;
  /** The application's connection; BullMQ gets connections of its own, made like this one. Never closed here. */
  readonly redis: RedisClient;
  /** The first part of BullMQ's names in Redis. Default `tenantry`. */
  readonly prefix?: string;
  /** How often, in ms, the outbox is relayed. Default 1,000. */
  readonly relayEveryMs?: number;
  /** How often, in ms, it is checked that Redis still has its data; one that lost it is filled again. Default 5,000. */
  readonly fillEveryMs?: number;
  /** How often, in ms, old tombstones are purged. Default 3,600,000 (1 hour). */
  readonly purgeEveryMs?: number;
  /** How old, in ms, a tombstone must be: longer than any publish could be delayed. Default 86,400,000 (1 day). */
  readonly tombstoneAgeMs?: number;
  /** How long, in ms, `close` waits for jobs that are under way. Default 10,000. */
  readonly closeTimeoutMs?: number;
  /** Told about what went wrong and will be tried again. Never with values. */
  readonly onError?: (error: unknown) => void;
}

export const DEFAULTS = Object.freeze({
  prefix: 'tenantry',
  relayEveryMs: 1_000,
  fillEveryMs: 5_000,
  purgeEveryMs: 3_600_000,
  tombstoneAgeMs: 86_400_000,
  closeTimeoutMs: 10_000,
  onError: () => undefined,
});

export function checkWorkerOptions(options: WorkerOptions): void {
  checkRedisClient(options?.redis);
  if (typeof options.orm?.em !== 'object')
    throw new TenantryError(
      'INVALID_OPTION',
      `\`orm\` must be a MikroORM instance, got ${describeArrived(options.orm)}.`,
    );
  for (const name of ['relayEveryMs', 'fillEveryMs', 'purgeEveryMs', 'tombstoneAgeMs', 'closeTimeoutMs'] as const) {
    const value = options[name];
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 10))
      throw new TenantryError(
        'INVALID_OPTION',
        `\`${name}\` must be a whole number of at least 10 ms, got ${describeArrived(value)}.`,
      );
  }
}
