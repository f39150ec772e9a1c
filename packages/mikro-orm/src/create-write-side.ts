import type { MikroORM } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import {
  defineGrants,
  defineGroups,
  describeArrived,
  logOf,
  withDefaults,
  withoutValues,
} from '@tenantry/protocol/internal';
import {
  createRedisClock,
  createReplica,
  createReplicaReader,
  type RedisClient,
  signals,
  whenReady,
} from '@tenantry/redis';
import { createAuditLog } from './audit-log/stored-audit-log.ts';
import { type BackfillOptions, type BackfillProgress, backfill, checkBackfillOptions } from './backfill/backfill.ts';
import { ReplicaFiller } from './backfill/replica-filler.ts';
import type { TransactionCapture } from './capture/transaction/capture.ts';
import type { ExpectedTrigger } from './capture/triggers/install-triggers.ts';
import { MissingTriggers } from './capture/triggers/missing-triggers.ts';
import { createConfigStore } from './config-store/create-config-store.ts';
import { createAuditWrites } from './configs/audit-writes.ts';
import { noticeClose } from './database/connection-state.ts';
import { dialectOf } from './database/dialect.ts';
import { withinQuery } from './database/within-query.ts';
import type { DefinitionRegistry } from './definitions/definition-registry.ts';
import { warningsOfHiddenKeys } from './definitions/hidden-keys.ts';
import { createGrants } from './grants/stored-grants.ts';
import { Acknowledger } from './outbox/acknowledger.ts';
import { OutboxDeadLetters } from './outbox/dead-letters.ts';
import { Installation } from './outbox/installation.ts';
import { ListWatch } from './outbox/list-watch.ts';
import { outboxForOperators } from './outbox/outbox-for-operators.ts';
import { sourcesOf } from './outbox/record-list.ts';
import { CommitPublisher } from './publish/commits/commit-publisher.ts';
import { CommitTokens } from './publish/commits/commit-tokens.ts';
import { createReadTokens, tenantOfOwner } from './publish/commits/read-token.ts';
import { untilVisible } from './publish/commits/until-visible.ts';
import { PresentRowsReader, WHOLE_ROWS } from './publish/present-rows.ts';
import { Publisher } from './publish/publisher.ts';
import { Relay } from './publish/relay.ts';
import { RelayWatch } from './publish/relay-watch.ts';
import { UnpublishedChanges } from './publish/unpublished-changes.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { createDiagnosis } from './registrations/create-diagnosis.ts';
import type { Replication } from './replication.ts';
import { guardReports } from './reports/guard-reports.ts';
import { warnByOrm } from './reports/orm-warning.ts';
import { tellingRelay } from './reports/telling-relay.ts';
import { warnOfMissingTables } from './tables/missing-tables.ts';
import { DEFAULTS, type TenantryOptions } from './tenantry-options.ts';

const IDENTITY_MS = 10_000;

/** The write side of one ORM, put together. */
export type WriteSide = ReturnType<typeof createWriteSide>;

/** What the ORM's start has made, beside the options. */
interface Discovered {
  readonly orm: MikroORM;
  readonly registry: DefinitionRegistry;
  readonly capture: TransactionCapture;
  /** The triggers that should be in the database. */
  readonly triggers: readonly ExpectedTrigger[];
}

/** The one place that puts the write side together. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the one place that puts the parts together.
export function createWriteSide(
  { orm, registry, capture, triggers }: Discovered,
  options: TenantryOptions & { readonly redis: RedisClient },
) {
  const checked = withDefaults(DEFAULTS, options);
  const { redis, prefix, publish, publishTimeoutMs, publishQueueSize } = checked;
  const { relayGraceMs, relayBatchSize, maxAttempts, feedLength, random } = checked;
  const log = (message: string) => warnByOrm(orm, message);
  const report = guardReports(options.onReport, logOf(options.logger), error => log(`onReport threw ${String(error)}`));
  const warn = (message: string) => {
    // The application's own logger hears of it by the report.
    if (!options.logger) log(message);
    report({ kind: 'warning', message });
  };
  noticeClose(orm);
  for (const message of registry.entities().flatMap(warningsOfHiddenKeys)) warn(message);
  const has = { configs: options.configs !== undefined, admin: checked.admin };
  warnOfMissingTables(orm, has, warn);
  const missingTriggers = new MissingTriggers(orm, triggers, warn);
  const dialect = dialectOf(orm);
  const replica = createReplica({ redis, prefix, feedLength });
  const redisClock = createRedisClock(options.clock);
  const clock = redisClock.now;
  // A write to the database may come before anything is asked of Redis. A connection that nobody needs yet is left alone.
  const measured = () => whenReady(redis).then(() => redisClock.measure(redis));
  if (redis.status !== 'wait') measured().catch(() => undefined);
  const installation = new Installation({ orm, redis, replica, clock: redisClock, warn });
  const groups = defineGroups();
  const grants = checked.admin ? defineGrants() : undefined;
  // Their rows are among those of the configs.
  const own = grants ? [groups, grants] : [groups];
  for (const config of options.configs ? [...own, ...options.configs] : []) registry.addConfig(config, clock, random);
  const auditWrites = grants && createAuditWrites(registry, clock);

  const acknowledger = new Acknowledger(orm, dialect, error =>
    report({ kind: 'deferred', count: 0, error: withoutValues(error, 'Acknowledging') }),
  );
  const deadLetters = new OutboxDeadLetters(orm, dialect, maxAttempts);
  const isPublished = (outboxId: number) => acknowledger.isPublished(outboxId);
  const unpublished = new UnpublishedChanges({ orm, dialect, registry, isPublished, wholeRows: WHOLE_ROWS });
  const reader = new PresentRowsReader({ orm, dialect, unpublished });
  const publishing = { orm, dialect, installation, replica, reader, unpublished, acknowledger, deadLetters };
  const publisher = new Publisher({ ...publishing, report, clock });
  const sources = () => sourcesOf(registry);
  const relayWatch = new RelayWatch({ orm, redis, sources, warn });
  const listWatch = new ListWatch({ orm, definitions: () => registry.entities().map(({ name }) => name) });
  const leftToRelay = () => relayWatch.leftToRelay();
  const commits = new CommitPublisher({
    ...{ mode: publish, publisher, publishTimeoutMs, publishQueueSize },
    ...{ report, warn, leftToRelay },
  });
  const tokens = new CommitTokens();
  const close = orm.close.bind(orm);
  // A publish that reads while the pool is closed would connect again.
  orm.close = (...args) => commits.settledFor(() => close(...args));
  const { registrations: name } = replica.names;
  const diagnosis = createDiagnosis({ orm, dialect, redis, name, installation, registry, clock, has });
  const claim = { orm, dialect, batchSize: relayBatchSize, wholeRows: WHOLE_ROWS, sources };
  const relay = new Relay({ ...claim, publisher, acknowledger, graceMs: relayGraceMs });

  const republishing = { orm, dialect, replica, installation, publisher, report, clock };
  const reconciler = new Reconciler({ ...republishing, redis, registry, capture, auditWrites });
  const filler = new ReplicaFiller({ ...republishing, redis, incarnations: () => reconciler.incarnations() });
  const readTokenOf = createReadTokens(createReplicaReader({ redis, prefix }));
  const configs = createConfigStore({
    ...{ orm, dialect, redis, replica, installation, registry, groups, capture, auditWrites, report, clock, random },
    knowsTime: async () => (redisClock.isKnown ? undefined : measured()),
    readTokenOf,
    maxConfigsPerTenant: options.maxConfigsPerTenant,
    publishAll: definition => backfill(republishing, definition, {}),
  });

  const backfillEntity = async (entity: unknown, backfillOptions: BackfillOptions) => {
    const registered = registry.registeredFor(entity);
    if (registered.length === 0)
      throw new TenantryError(
        'NOT_REGISTERED',
        `This entity is not replicated, its definition is not in \`sync\`: ${describeArrived(entity)}.`,
      );
    let progress: BackfillProgress | undefined;
    for (const definition of registered) progress = await backfill(republishing, definition, backfillOptions);
    return progress as BackfillProgress;
  };

  const visible: Replication['visible'] = (token, visibleOptions) =>
    untilVisible({ orm, isPublished, endOf: id => commits.endOf(id) }, token, visibleOptions);

  const replication: Replication = {
    ...diagnosis,
    ...outboxForOperators(orm, deadLetters, () => sourcesOf(registry)),
    redis,
    replica,
    entities: registeredEntities(registry),
    now: clock,
    audit: auditOptions => reconciler.audit(auditOptions),
    lastAudit: () => reconciler.lastAudit(),
    checkInstallation: () =>
      installation.ready().catch(error => Promise.reject(withoutValues(error, 'Looking whose names these are'))),
    installation: () =>
      withinQuery(IDENTITY_MS, 'Reading the identity', () => installation.identify()).catch(error =>
        Promise.reject(withoutValues(error, 'Reading the identity')),
      ),
    resync: resyncOptions => reconciler.resync(resyncOptions),
    checkHistory: () => reconciler.checkHistory(),
    async relay() {
      await missingTriggers.check();
      return tellingRelay(() => relay.run().catch(error => Promise.reject(withoutValues(error, 'Relaying'))));
    },
    backfill: async (entity, backfillOptions = {}) => backfillEntity(entity, checkBackfillOptions(backfillOptions)),
    republish: async (entity, where) => backfillEntity(entity, checkBackfillOptions({ where })),
    async fillIfEmpty(fillOptions = {}) {
      const done = await filler.fillIfEmpty(registry.published(), fillOptions);
      if (done) await reconciler.filled(done.incarnations);
      return done !== false;
    },
    withToken: work => tokens.withToken(work),
    visible,
    async readToken(owner, token, visibleOptions) {
      const tenant = tenantOfOwner(owner);
      if (token !== undefined) await visible(token, visibleOptions);
      return readTokenOf(tenant);
    },
    settled: async () => {
      await commits.settled();
      await publisher.readsEnded();
      await acknowledger.flush();
    },
  };
  return {
    /** What the subscriber works with. */
    captureContext: {
      registry,
      dialect,
      clock,
      tokens,
      warn,
      writesLists() {
        if (listWatch.isCrowded) return false;
        listWatch.expectList();
        return true;
      },
      publish(...committed: Parameters<CommitPublisher['publish']>) {
        tokens.committed(committed[0]);
        const [transactionId, changes] = committed;
        if (signals.commit.hasSubscribers) signals.commit.publish({ transactionId, changes: changes?.length });
        return commits.publish(...committed);
      },
      transactionsOf: (definition: string, recordId: string) => unpublished.transactionsOf([definition], [recordId]),
      checkTriggers: () => missingTriggers.check(),
    },
    configs,
    /** Undefined without the option `admin`. */
    admin: grants && { auditLog: createAuditLog(configs.parts), grants: createGrants({ ...configs.parts, grants }) },
    replication,
    loads: { redis, registry, unpublished, publisher },
    redisClock,
  };
}

function registeredEntities(registry: DefinitionRegistry): Replication['entities'] {
  return new Map(
    registry.entities().map(({ name, sync, fields, collections }) => {
      const shown = [...fields, ...collections].filter(field => !sync.omit?.includes(field));
      return [name, { definition: sync, fields: sync.pick ?? [...new Set(shown)] }];
    }),
  );
}
