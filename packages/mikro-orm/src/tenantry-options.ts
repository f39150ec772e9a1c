import type { AnyConfig, Logger } from '@tenantry/protocol';
import {
  checkFunctionOption,
  checkLogger,
  checkOptionNames,
  checkWholeOption,
  LONGEST_TIMER_MS,
  refuseOption,
} from '@tenantry/protocol/internal';
import { checkRedisClient, openRedisUrl, type RedisClient, URL_OR_INSTANCE } from '@tenantry/redis';
import type { SyncEntry } from './definitions/definition-registry.ts';
import type { PublishMode } from './publish/commits/commit-publisher.ts';
import type { OnReport } from './reports/report.ts';

/** Options of `tenantry`. */
export interface TenantryOptions {
  /**
   * The application's connection, which stays the application's to close; or one that is closed with the ORM, so that MikroORM's command
   * line and scripts end by themselves: a `redis://` or `rediss://` URL, opened when it is first needed, or a function that makes
   * the connection, called once, at the ORM's start (with `lazyConnect: true` that one, too, connects when it is first needed).
   */
  readonly redis: RedisClient | string | (() => RedisClient);
  /** Which entities are replicated, each with its definition. Default: none. */
  readonly sync?: readonly SyncEntry[];
  /**
   * Which configs there are at the start; `configStore(orm).register` adds others. The tables of configs come with this option, an empty
   * list too: without it the application's schema and migrations have none. Default: none.
   */
  readonly configs?: readonly AnyConfig[];
  /**
   * True: grants and the audit log, with their tables; the tables of configs come with them. Each change of a config, of groups and of grants
   * writes a row of the audit log in its own transaction: every process that writes needs it, workers too. Default false.
   */
  readonly admin?: boolean;
  /**
   * What notices changes. `hooks` (default): the unit of work, so what `em.flush()` writes and no more. `trigger`: triggers in
   * the database, so what anybody writes; MySQL and MariaDB only, and the schema or a migration must have created them.
   */
  readonly capture?: 'hooks' | 'trigger';
  /** The first part of every Redis name. Default `tenantry`. */
  readonly prefix?: string;
  /**
   * When what flushes, transactions and upserts have committed is published. `await` (default): before the flush returns, within
   * `publishTimeoutMs`. `background`: by this process, soon after the flush returned. `relay`: it is left to a worker's relay. What could
   * not be published is the relay's in any case. Writes of the config store that have a transaction of their own wait for Redis within their
   * config's `cacheTimeout`, whatever this says; and what this process is asked to publish (`republish`, `backfill`, `expireDue`), it publishes.
   */
  readonly publish?: PublishMode;
  /** How long, in ms, a flush may wait for Redis after its commit where `publish` is `await`; at least 1. Default 200. */
  readonly publishTimeoutMs?: number;
  /**
   * How many changes may wait to be published where `publish` is `background`. More are left to the relay, and a `warning` says so once, and
   * again after the queue was empty. It holds names of rows, and no values: a few MB for 10,000. Default 10,000.
   */
  readonly publishQueueSize?: number;
  /** How old, in ms, an outbox row must be before a relay takes it. Default 1,000. */
  readonly relayGraceMs?: number;
  /** How many outbox rows a relay takes at a time. Default 500. */
  readonly relayBatchSize?: number;
  /** After how many attempts a row that cannot be published is dead. Default 5. */
  readonly maxAttempts?: number;
  /** The most configs that one tenant may have set; more are `QUOTA_EXCEEDED`. Default: no limit. */
  readonly maxConfigsPerTenant?: number;
  /** About how many messages a tenant's feed keeps for readers that were cut off. Default 256. */
  readonly feedLength?: number;
  /** Told what was published, left to the relay or given up on. Must not throw. */
  readonly onReport?: OnReport;
  /**
   * Gets what `onReport` gets as lines: pino, `console`, or anything with `warn` and `error`. Never with a value. Warnings go there instead of to
   * MikroORM's own log. Default: nobody.
   */
  readonly logger?: Logger;
  /** ms since 1970; only for people and for `updatedAt`, never for order. Default `Date.now`. */
  readonly clock?: () => number;
  /** From 0 to 1, spreads ttls. Default `Math.random`. */
  readonly random?: () => number;
}

export const DEFAULTS = Object.freeze({
  admin: false,
  capture: 'hooks',
  publish: 'await',
  publishTimeoutMs: 200,
  publishQueueSize: 10_000,
  relayGraceMs: 1_000,
  relayBatchSize: 500,
  maxAttempts: 5,
  feedLength: 256,
  clock: Date.now,
  random: Math.random,
});

export function checkTenantryOptions(options: TenantryOptions): void {
  checkOptionNames('tenantry', options, [
    'redis',
    'sync',
    'configs',
    'maxConfigsPerTenant',
    'prefix',
    'onReport',
    'logger',
    ...Object.keys(DEFAULTS),
  ]);
  if (typeof options.redis === 'string') openRedisUrl(options.redis, { lazyConnect: true });
  else if (typeof options.redis !== 'function')
    checkRedisClient(options.redis, `${URL_OR_INSTANCE}, or a function that makes one`);
  if ((options.sync !== undefined || (options.configs === undefined && !options.admin)) && !Array.isArray(options.sync))
    refuseOption('sync', 'a list of pairs [Entity, definition]', options.sync);
  if (options.configs !== undefined && !Array.isArray(options.configs))
    refuseOption('configs', 'a list of configs', options.configs);
  if (options.admin !== undefined && typeof options.admin !== 'boolean')
    refuseOption('admin', 'true or false', options.admin);
  if (![undefined, 'hooks', 'trigger'].includes(options.capture))
    refuseOption('capture', "'hooks' or 'trigger'", options.capture);
  if (![undefined, 'await', 'background', 'relay'].includes(options.publish))
    refuseOption('publish', "'await', 'background' or 'relay'", options.publish);
  if (options.publishTimeoutMs === 0)
    refuseOption(
      'publishTimeoutMs',
      "at least 1 (`publish: 'relay'` leaves flushes, transactions and upserts to the relay)",
      0,
    );
  checkWholeOption('publishTimeoutMs', options.publishTimeoutMs, 1, LONGEST_TIMER_MS);
  checkWholeOption('relayGraceMs', options.relayGraceMs, 0, LONGEST_TIMER_MS);
  const counts = ['publishQueueSize', 'relayBatchSize', 'maxAttempts', 'feedLength', 'maxConfigsPerTenant'] as const;
  for (const name of counts) checkWholeOption(name, options[name], 1);
  checkLogger(options.logger);
  for (const name of ['onReport', 'clock', 'random'] as const) checkFunctionOption(name, options[name]);
}
