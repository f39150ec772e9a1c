import type { MikroORM } from '@mikro-orm/core';
import { describeArrived, TenantryError } from '@tenantry/protocol';
import { checkRedisClient, createReplica, type RedisClient } from '@tenantry/redis';
import { Acknowledger } from './acknowledger.ts';
import { backfill } from './backfill.ts';
import { CaptureSubscriber } from './capture-subscriber.ts';
import { DeadRows } from './dead-rows.ts';
import { dialectOf } from './dialect.ts';
import { fitOutbox, Outbox } from './outbox.ts';
import { PresentRowsReader } from './present-rows.ts';
import { Publisher } from './publisher.ts';
import { Relay } from './relay.ts';
import { EXTENSION_NAME, type Replication } from './replication.ts';
import { guardReports, type OnReport } from './report.ts';
import { type CheckedSync, SourceRegistry, type SyncEntry } from './source-registry.ts';
import { withoutValues } from './without-values.ts';

/** Options of `tenantry`. */
export interface TenantryOptions {
  /** The application's connection; never closed here. */
  readonly redis: RedisClient;
  /** Which entities are replicated, each with its definition. */
  readonly sync: readonly SyncEntry[];
  /** The first part of every Redis name. Default `tenantry`. */
  readonly prefix?: string;
  /** How long, in ms, a flush may wait for Redis after its commit; 0 leaves everything to the relay. Default 200. */
  readonly publishTimeoutMs?: number;
  /** How old, in ms, an outbox row must be before a relay takes it. Default 1,000. */
  readonly relayGraceMs?: number;
  /** How many outbox rows a relay takes at a time. Default 500. */
  readonly relayBatchSize?: number;
  /** After how many attempts a row that cannot be published is dead. Default 5. */
  readonly maxAttempts?: number;
  /** About how many messages a tenant's feed keeps for readers that were cut off. Default 256. */
  readonly feedLength?: number;
  /** Told what was published, left to the relay or given up on. Must not throw. */
  readonly onReport?: OnReport;
  /** ms since 1970; only for people and for `updatedAt`, never for order. Default `Date.now`. */
  readonly clock?: () => number;
}

/** A MikroORM extension. */
export interface TenantryExtension {
  register(orm: MikroORM): void;
}

const DEFAULTS = Object.freeze({
  publishTimeoutMs: 200,
  relayGraceMs: 1_000,
  relayBatchSize: 500,
  maxAttempts: 5,
  feedLength: 256,
  clock: Date.now,
});

/**
 * Replicates entities to Redis: `MikroORM.init({ entities, extensions: [tenantry({ redis, sync: [[PlanSettings, planSettings]] })] })`.
 * Every committed change of a listed entity becomes visible to readers; a rolled-back one never does. The outbox
 * table comes with it, through the application's own schema generator or migrations.
 */
export function tenantry<const Entries extends readonly SyncEntry[]>(
  options: TenantryOptions & { readonly sync: CheckedSync<Entries> },
): TenantryExtension {
  checkOptions(options);
  return {
    register(orm) {
      if (orm.config.get('disableTransactions'))
        throw new TenantryError(
          'NOT_ATOMIC',
          'The ORM has `disableTransactions`: a change and its outbox row could not be written together. Enable transactions.',
        );
      let parts: ReturnType<typeof wire> | undefined;
      const started = () => {
        if (parts) return parts;
        throw new TenantryError('NOT_REGISTERED', "The ORM's entities are not discovered yet.");
      };
      const discovery = orm.config.get('discovery');
      const { onMetadata, afterDiscovered } = discovery;
      orm.config.set('entities', [...orm.config.get('entities'), Outbox]);
      orm.config.set('subscribers', [...orm.config.get('subscribers'), new CaptureSubscriber(() => started().capture)]);
      orm.config.set('discovery', {
        ...discovery,
        onMetadata(meta, platform) {
          fitOutbox(meta, dialectOf(orm));
          return onMetadata?.(meta, platform);
        },
        afterDiscovered(storage, platform) {
          parts = wire(orm, options, new SourceRegistry(options.sync, storage));
          return afterDiscovered?.(storage, platform);
        },
      });
      orm.config.registerExtension(EXTENSION_NAME, () => started().replication);
    },
  };
}

/** The one place that puts the write side together. */
function wire(orm: MikroORM, options: TenantryOptions, registry: SourceRegistry) {
  const { redis, prefix, publishTimeoutMs, relayGraceMs, relayBatchSize, maxAttempts, feedLength, clock } = {
    ...DEFAULTS,
    ...options,
  };
  const logger = orm.config.getLogger();
  const report = guardReports(options.onReport, error =>
    logger.warn('query', `tenantry: onReport threw ${String(error)}`),
  );
  const warn = (message: string) => {
    logger.warn('query', `tenantry: ${message}`);
    report({ kind: 'warning', message });
  };
  const dialect = dialectOf(orm);
  const replica = createReplica({ redis, prefix, feedLength });
  const acknowledger = new Acknowledger(orm, dialect, error =>
    report({ kind: 'deferred', count: 0, error: withoutValues(error, 'Acknowledging') }),
  );
  const deadRows = new DeadRows(orm, dialect, maxAttempts);
  const reader = new PresentRowsReader(orm, registry, dialect, id => acknowledger.isPending(id));
  const publisher = new Publisher({ redis, replica, reader, acknowledger, deadRows, report, publishTimeoutMs, clock });
  const sources = registry.all().map(source => source.name);
  const relay = new Relay({ orm, dialect, publisher, graceMs: relayGraceMs, batchSize: relayBatchSize, sources });
  const backfillParts = { orm, dialect, replica, report, clock };

  const sourcesOf = (entity: unknown) => {
    const sources = registry.registeredFor(entity);
    if (sources.length > 0) return sources;
    throw new TenantryError(
      'NOT_REGISTERED',
      `This entity is not replicated, its definition is not in \`sync\`: ${describeArrived(entity)}.`,
    );
  };
  const backfillAll = async (entity: unknown, backfillOptions: Parameters<typeof backfill>[2]) => {
    let progress: Awaited<ReturnType<typeof backfill>> | undefined;
    for (const source of sourcesOf(entity)) progress = await backfill(backfillParts, source, backfillOptions);
    return progress as NonNullable<typeof progress>;
  };

  const handle: Replication = {
    redis,
    replica,
    relay: () => relay.run(),
    backfill: (entity, backfillOptions = {}) => backfillAll(entity, backfillOptions),
    republish: (entity, where) => backfillAll(entity, { where }),
    async fillIfEmpty({ onProgress } = {}) {
      if (await replica.isFilled()) return false;
      const token = await replica.beginFill();
      if (token === undefined) return false;
      const lost = new AbortController();
      for (const source of registry.all()) {
        await backfill(backfillParts, source, {
          signal: lost.signal,
          onProgress(progress) {
            onProgress?.(progress);
            replica.keepFilling(token).then(
              kept => kept || lost.abort(),
              () => lost.abort(),
            );
          },
        });
        if (lost.signal.aborted) return false;
      }
      return replica.completeFill(token);
    },
    deadRows: (limit = 100) => deadRows.list(limit),
    retryDeadRows: ids => deadRows.retry(ids),
    discardDeadRows: ids => deadRows.discard(ids),
    async backlog() {
      const em = orm.em.fork();
      const count = (where: object) => em.count(Outbox, where, { connectionType: 'write' });
      const [waiting, dead] = [await count({ availableAt: { $ne: null } }), await count({ availableAt: null })];
      return { waiting, dead };
    },
    settled: () => acknowledger.flush(),
  };
  const capture = { registry, dialect, clock, warn, publish: publisher.publishCommitted.bind(publisher) };
  return { capture, replication: handle };
}

function checkOptions(options: TenantryOptions): void {
  checkRedisClient(options?.redis);
  if (!Array.isArray(options.sync)) refuse('sync', 'a list of pairs [Entity, definition]', options.sync);
  for (const name of ['publishTimeoutMs', 'relayGraceMs'] as const) checkWhole(name, options[name], 0);
  for (const name of ['relayBatchSize', 'maxAttempts', 'feedLength'] as const) checkWhole(name, options[name], 1);
  for (const name of ['onReport', 'clock'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function') refuse(name, 'a function', options[name]);
  }
}

function checkWhole(name: string, value: unknown, least: number): void {
  if (value !== undefined && (!Number.isSafeInteger(value) || (value as number) < least))
    refuse(name, `a whole number of at least ${least}`, value);
}

function refuse(name: string, expected: string, got: unknown): never {
  throw new TenantryError('INVALID_OPTION', `\`${name}\` must be ${expected}, got ${describeArrived(got)}.`);
}
