import type { MikroORM } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { describeArrived, withDefaults, withoutValues } from '@tenantry/protocol/internal';
import { createReplica } from '@tenantry/redis';
import { backfill } from './backfill/backfill.ts';
import { fillReplica } from './backfill/fill-replica.ts';
import { CaptureSubscriber, type TransactionCapture } from './capture/hooks/hook-subscriber.ts';
import { installTriggers } from './capture/triggers/install-triggers.ts';
import { TriggerCheck } from './capture/triggers/missing-triggers.ts';
import { TriggerSubscriber } from './capture/triggers/trigger-subscriber.ts';
import { CONFIG_STORE_NAME } from './config-store/config-store.ts';
import { createConfigStore } from './config-store/create-config-store.ts';
import { dialectOf } from './database/dialect.ts';
import { Acknowledger } from './outbox/acknowledger.ts';
import { DeadRows } from './outbox/dead-letters.ts';
import { PresentRowsReader, WHOLE_ROWS } from './publish/present-rows.ts';
import { registerPublishPending } from './publish/publish-pending.ts';
import { Publisher } from './publish/publisher.ts';
import { Relay } from './publish/relay.ts';
import { createReconcile } from './reconcile/create-reconcile.ts';
import { EXTENSION_NAME, type Replication } from './replication.ts';
import { guardReports } from './reports/report.ts';
import { type CheckedSync, SourceRegistry, type SyncEntry } from './sources/source-registry.ts';
import { fitTables } from './tables/adapt-tables.ts';
import { Config, ConfigRevision } from './tables/config-tables.ts';
import { Outbox } from './tables/outbox.ts';
import { ReplicaState } from './tables/replica-state.ts';
import { checkTenantryOptions, DEFAULTS, type TenantryOptions } from './tenantry-options.ts';
import { WRITE_BACK_NAME } from './write-back/write-back.ts';

/** A MikroORM extension. */
export interface TenantryExtension {
  register(orm: MikroORM): void;
}

/**
 * Replicates entities to Redis: `MikroORM.init({ entities, extensions: [tenantry({ redis, sync: [[PlanSettings, planSettings]] })] })`.
 * Every committed change of a listed entity becomes visible to readers; a rolled-back one never does. The outbox
 * table comes with it, through the application's own schema generator or migrations.
 */
export function tenantry<const Entries extends readonly SyncEntry[]>(
  options: TenantryOptions & { readonly sync?: CheckedSync<Entries> },
): TenantryExtension {
  checkTenantryOptions(options);
  return {
    register(orm) {
      if (orm.config.get('disableTransactions'))
        throw new TenantryError(
          'NOT_ATOMIC',
          'The ORM has `disableTransactions`: a change and its outbox row could not be written together. Enable transactions.',
        );
      let parts: ReturnType<typeof wire> | undefined;
      const subscriber =
        options.capture === 'trigger'
          ? new TriggerSubscriber(() => started().capture)
          : new CaptureSubscriber(() => started().capture);
      const started = () => {
        if (parts) return parts;
        throw new TenantryError('NOT_REGISTERED', "The ORM's entities are not discovered yet.");
      };
      const discovery = orm.config.get('discovery');
      const { onMetadata, afterDiscovered } = discovery;
      orm.config.set('entities', [...orm.config.get('entities'), Outbox, Config, ConfigRevision, ReplicaState]);
      orm.config.set('subscribers', [...orm.config.get('subscribers'), subscriber]);
      orm.config.set('discovery', {
        ...discovery,
        onMetadata(meta, platform) {
          fitTables(meta, dialectOf(orm));
          return onMetadata?.(meta, platform);
        },
        afterDiscovered(storage, platform) {
          const registry = new SourceRegistry(options.sync ?? [], storage);
          const triggers = options.capture === 'trigger' ? installTriggers(orm, registry.all(), storage) : [];
          parts = wire(orm, options, registry, subscriber, triggers);
          return afterDiscovered?.(storage, platform);
        },
      });
      orm.config.registerExtension(EXTENSION_NAME, () => started().replication);
      orm.config.registerExtension(CONFIG_STORE_NAME, () => started().configs.store);
      orm.config.registerExtension(WRITE_BACK_NAME, () => started().configs.writeBack);
      registerPublishPending(orm, () => started().loads);
    },
  };
}

/** The one place that puts the write side together. */
function wire(
  orm: MikroORM,
  options: TenantryOptions,
  registry: SourceRegistry,
  subscriber: TransactionCapture,
  triggers: readonly string[],
) {
  const { redis, prefix, publishTimeoutMs, relayGraceMs, relayBatchSize, maxAttempts, feedLength, clock, random } =
    withDefaults(DEFAULTS, options);
  const logger = orm.config.getLogger();
  const report = guardReports(options.onReport, error =>
    logger.warn('query', `tenantry: onReport threw ${String(error)}`),
  );
  const warn = (message: string) => {
    logger.warn('query', `tenantry: ${message}`);
    report({ kind: 'warning', message });
  };
  const triggerCheck = new TriggerCheck(orm, triggers, warn);
  const dialect = dialectOf(orm);
  const replica = createReplica({ redis, prefix, feedLength });
  const acknowledger = new Acknowledger(orm, dialect, error =>
    report({ kind: 'deferred', count: 0, error: withoutValues(error, 'Acknowledging') }),
  );
  const deadRows = new DeadRows(orm, dialect, maxAttempts);
  const reader = new PresentRowsReader(orm, registry, dialect, id => acknowledger.isPending(id), WHOLE_ROWS);
  const publisher = new Publisher({
    ...{ redis, replica, reader, acknowledger, deadRows, publishTimeoutMs, clock },
    report(published) {
      report(published);
      heard(published);
    },
  });
  for (const definition of options.configs ?? []) registry.addConfig(definition, clock, random);
  const sources = () => registry.published().map(source => source.name);
  const claim = { orm, dialect, batchSize: relayBatchSize, wholeRows: WHOLE_ROWS, sources };
  const relay = new Relay({ ...claim, publisher, graceMs: relayGraceMs });
  const backfillParts = { orm, dialect, replica, publisher, report, clock };
  const { heard, filled, servers, ...reconcile } = createReconcile({
    ...backfillParts,
    redis,
    registry,
    capture: subscriber,
  });

  const voided = { times: 0 };
  const configs = createConfigStore({
    orm,
    dialect,
    redis,
    replica,
    registry,
    capture: subscriber,
    report,
    clock,
    random,
    maxConfigsPerTenant: options.maxConfigsPerTenant,
    publishAll: source => backfill(backfillParts, source, {}),
  });

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
    ...reconcile,
    redis,
    replica,
    async relay() {
      await triggerCheck.run();
      return relay.run().catch(error => Promise.reject(withoutValues(error, 'Relaying')));
    },
    backfill: (entity, backfillOptions = {}) => backfillAll(entity, backfillOptions),
    republish: (entity, where) => backfillAll(entity, { where }),
    async fillIfEmpty(fillOptions = {}) {
      const done = await fillReplica({ ...backfillParts, redis, servers, voided }, registry.published(), fillOptions);
      if (done) await filled(done.servers);
      return done !== false;
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
  const capture = {
    registry,
    dialect,
    clock,
    warn,
    publish: publisher.publishCommitted.bind(publisher),
    transactionsOf: (source: string, recordId: string) => reader.transactionsOf([source], [recordId]),
    checkTriggers: () => triggerCheck.run(),
  };
  return { capture, configs, replication: handle, loads: { redis, registry, reader, publisher } };
}
