import { type SyncDefinition, TenantryError } from '@tenantry/protocol';
import type { RedisClient, Replica } from '@tenantry/redis';
import type { BackfillOptions, BackfillProgress } from './backfill/backfill.ts';
import type { FillOptions } from './backfill/replica-filler.ts';
import type { AnyOrm } from './database/any-orm.ts';
import type { DeadRow } from './outbox/dead-letters.ts';
import type { WithToken } from './publish/commits/commit-tokens.ts';
import type { ReadTokenOwner } from './publish/commits/read-token.ts';
import type { VisibleOptions } from './publish/commits/until-visible.ts';
import type { RelayResult } from './publish/relay.ts';
import type { Reconcile } from './reconcile/reconciler.ts';
import type { Diagnosis } from './registrations/create-diagnosis.ts';

/** An entity that is replicated. */
export interface RegisteredEntity {
  readonly definition: SyncDefinition;
  /** The properties that readers get. */
  readonly fields: readonly string[];
}

/** The write side's handle: what an application, a worker or an operator does beside flushing. */
export interface Replication extends Reconcile, Diagnosis {
  readonly redis: RedisClient;
  readonly replica: Replica;
  /** The entities that are replicated, by the names of their definitions. */
  readonly entities: ReadonlyMap<string, RegisteredEntity>;
  /**
   * The time by the clock of Redis, by which every value ends, in whole ms since 1970; until Redis has told it, the process's own. Make an
   * `expiresAt` from it. Asks nothing.
   */
  now(): number;
  /**
   * Rejects with `INSTALLATION_CONFLICT` where another database is replicated to this Redis under the same prefix, and with `UNAVAILABLE`.
   * Workers call it at their start; everything that writes to Redis looks by itself.
   */
  checkInstallation(): Promise<void>;
  /**
   * The identity of this database under the prefix, the same in every process. It is drawn once, at random, and stands in the database and in
   * Redis alone. Asks the database for at most 10 s, and only the first time. Rejects with `UNAVAILABLE` or `TIMEOUT`.
   */
  installation(): Promise<string>;
  /** Publishes outbox rows that are due. Workers call it on a schedule; calling it more often is harmless. Rejects with `UNAVAILABLE` or `TIMEOUT`. */
  relay(): Promise<RelayResult>;
  /** Publishes a whole table, streamed and resumable: after opting in an entity, or after Redis lost its data. */
  backfill(entity: unknown, options?: BackfillOptions): Promise<BackfillProgress>;
  /** Publishes the rows for which the condition holds, as they are now: after writes that no hook sees. */
  republish(entity: unknown, where: object): Promise<BackfillProgress>;
  /** Publishes every table into a Redis that never had them or lost them. False: it is filled, is being filled, or must be tried again. */
  fillIfEmpty(options?: FillOptions): Promise<boolean>;
  /** Changes that were given up on: at most `limit` (default 100), oldest first. As the next four it rejects with `TIMEOUT` or `UNAVAILABLE`. */
  deadRows(limit?: number): Promise<DeadRow[]>;
  /** Tries dead rows again; all of them without ids. Answers how many. */
  retryDeadRows(ids?: readonly number[]): Promise<number>;
  /** Forgets dead rows; all of them without ids. Answers how many. */
  discardDeadRows(ids?: readonly number[]): Promise<number>;
  /**
   * When the change that waits longest in the outbox was made, dead ones apart, by its writer's clock; undefined: none waits. One look at the
   * first rows of the table.
   */
  oldestWaiting(): Promise<Date | undefined>;
  /** How many changes wait in the outbox, dead ones apart. */
  backlog(): Promise<{ readonly waiting: number; readonly dead: number }>;
  /**
   * Does the work, and answers its result with a token of the commits that it made and waited for: flushes, transactions, upserts and writes of
   * the config store, by whichever entity manager. `const { token } = await replication(orm).withToken(() => em.flush())`. Rejects as
   * the work does, and with `NOT_ATOMIC` where the work changed rows in a transaction that is not over when the work is: put it around the whole transaction.
   */
  withToken<R>(work: () => R | Promise<R>): Promise<WithToken<R>>;
  /**
   * Resolves once Redis has everything that these commits changed, or newer states of it; the push to the readers is under way then. For a
   * token of any process with this database. Rejects with `TIMEOUT`, and with `NOT_PUBLISHED` where a change was given up on: its row is
   * among the dead rows, and `details.deadRows` has the ids. Discarded rows count as published.
   */
  visible(token: string, options?: VisibleOptions): Promise<void>;
  /**
   * Answers with a read token: a short text, for readers in any process. `acme.get(ref, { atLeast })` and `acme.whenVisible(readToken)` of
   * `@tenantry/sdk` wait for what Redis has now of this tenant, of this group (`{ group: 'eu' }`), or of what belongs to no tenant (undefined).
   * With the `token` of `withToken` it first waits as `visible` does, and rejects as that; then it looks at Redis, for 1 s at most.
   * `INVALID_TENANT`, `INVALID_GROUP`, `UNAVAILABLE`, `TIMEOUT`.
   */
  readToken(owner: ReadTokenOwner, token?: string, options?: VisibleOptions): Promise<string>;
  /**
   * Settles when all that was published so far is acknowledged in the database, and no publish reads it any more. Call it before
   * `orm.close()`: otherwise a query under way would connect again and keep the process alive. It waits for publishes in the
   * background, those under way and those that wait, for each 5 s plus 1 ms for each change at most, and for Redis otherwise not.
   */
  settled(): Promise<void>;
}

/** The name under which the handle is kept in the ORM's configuration. */
export const EXTENSION_NAME = '@tenantry/mikro-orm';

/** The handle of an ORM that was started with the `tenantry` extension; `NOT_REGISTERED` without it. */
export function replication(orm: AnyOrm): Replication {
  const handle = orm.config.getExtension(EXTENSION_NAME) as Replication | undefined;
  if (handle) return handle;
  throw new TenantryError(
    'NOT_REGISTERED',
    'This ORM was started without Tenantry: add `extensions: [tenantry({ redis, sync })]` to its options.',
  );
}
