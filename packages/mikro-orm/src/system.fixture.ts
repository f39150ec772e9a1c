import type { Options } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { Tenant } from '@tenantry/protocol';
import { createFeedCodec, createPayloadCodec, decodeEnvelope, type FeedMessage } from '@tenantry/protocol/wire';
import { eventually, type FreshDatabase, freshDatabase, freshPrefix } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { createTables } from './create-tables.fixture.ts';
import { ownTable } from './database/own-table.ts';
import type { SyncEntry } from './definitions/definition-registry.ts';
import { expectedKeys, type Standing } from './expected-keys.fixture.ts';
import { openOrm, openSqlite, type TestORM } from './open-orm.fixture.ts';
import { type Replication, replication } from './replication.ts';
import type { ReplicationReport } from './reports/report.ts';
import { Outbox, type OutboxRow } from './tables/outbox.ts';
import { tenantry } from './tenantry.ts';
import type { TenantryOptions } from './tenantry-options.ts';

export { openOrm, type TestORM };
export type TestEntityManager = SqlEntityManager;

/** What a test says of its system; everything has a default but the definitions. */
export interface SystemOptions {
  readonly sync: readonly SyncEntry[];
  /** Default: those of `sync`. */
  readonly entities?: readonly unknown[];
  readonly tenantry?: Partial<TenantryOptions>;
  readonly orm?: Partial<Options>;
  /** A database in memory instead of the server's. */
  readonly sqlite?: boolean;
  /** A database that is shared with another system: not created, not dropped. */
  readonly database?: FreshDatabase;
  readonly prefix?: string;
  /** Another Redis than the shared one. */
  readonly redisServer?: string;
  /** Where the write side finds Redis, when that is not straight. */
  readonly redisUrl?: string;
}

/** An application with its own database and prefix, and what a test wants to know of it. */
export interface TestSystem extends AsyncDisposable {
  readonly orm: TestORM;
  /** The connection of the write side. */
  readonly redis: Redis;
  readonly prefix: string;
  readonly database: FreshDatabase;
  readonly replication: Replication;
  readonly reports: ReplicationReport[];
  /** A fresh entity manager. */
  em(): TestEntityManager;
  /** Every key in Redis, as `tenant/address`, with what stands there. */
  redisKeys(): Promise<Record<string, Standing>>;
  /** The same, as the tables say it should be; without versions. */
  expectedKeys(): Promise<Record<string, Omit<Standing, 'version'>>>;
  /** What a reader gets for this address; undefined where there is nothing. */
  value(tenant: Tenant, address: string): Promise<unknown>;
  feed(tenant: Tenant): Promise<FeedMessage[]>;
  /** Its rows, oldest first; all, or so many. */
  outbox(limit?: number): Promise<OutboxRow[]>;
  /** Runs the relay until the outbox has nothing but dead rows, leased ones included. */
  drain(): Promise<void>;
  reportsOf<K extends ReplicationReport['kind']>(kind: K): Extract<ReplicationReport, { kind: K }>[];
  /** Executes SQL outside of the ORM's unit of work. */
  sql<T = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<T[]>;
  /**
   * The statements of this database that wait for the lock of a row. For `eventually`: MySQL and MariaDB renew the answer only when they were not asked
   * for 100 ms, and MySQL refuses while another test writes an emoji (`databaseSessions` says why).
   */
  lockWaits(): Promise<string[]>;
}

const codec = createPayloadCodec();
const feedCodec = createFeedCodec();

export async function openSystem(options: SystemOptions): Promise<TestSystem> {
  const database = options.database ?? (await freshDatabase());
  const own = freshPrefix(options.redisServer);
  const prefix = options.prefix ?? own.prefix;
  const redis = new Redis(options.redisUrl ?? own.redisUrl, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  const straight = new Redis(own.redisUrl, { lazyConnect: true }).on('error', () => undefined);
  const reports: ReplicationReport[] = [];
  const entities = [...new Set(options.entities ?? options.sync.map(([entity]) => entity))];
  const ormOptions: Partial<Options> = {
    ...options.orm,
    entities: entities as never,
    extensions: [
      tenantry({
        redis,
        prefix,
        // Here everything shares two cores: what is not about time must not depend on it.
        publishTimeoutMs: 60_000,
        relayGraceMs: 0,
        onReport: report => reports.push(report),
        ...options.tenantry,
        sync: options.sync,
      }),
    ],
  };
  const orm = await (options.sqlite ? openSqlite(ormOptions) : openOrm(database, ormOptions));
  if (!options.database) {
    await (options.sqlite ? orm.schema.create() : createTables(orm, database));
    await orm.connect();
  }
  const handle = replication(orm);
  const { names } = handle.replica;

  let isClosed = false;

  const system: TestSystem = {
    orm,
    redis,
    prefix,
    database,
    replication: handle,
    reports,
    em: () => orm.em.fork() as TestEntityManager,

    async redisKeys() {
      const found: Record<string, Standing> = {};
      const keys = (await straight.keys(`${prefix}:{*}:k:*`)).sort();
      const standing = keys.length > 0 ? await straight.mgetBuffer(keys) : [];
      for (const [i, key] of keys.entries()) {
        const [, tenant, address] = /^[^{]*\{([^{}]+)\}:k:(.*)$/.exec(key) as unknown as [string, string, string];
        const bytes = standing[i];
        if (!bytes) continue;
        const { owner, version, payload } = decodeEnvelope(bytes);
        // The row cannot be published, and there is no earlier value.
        if (payload.length === 0) continue;
        found[`${decodeURIComponent(tenant)}/${address}`] = { owner, version, value: codec.decode(payload) };
      }
      return found;
    },

    expectedKeys: () => expectedKeys(orm, options.sync),

    async value(tenant, address) {
      const bytes = await straight.getBuffer(names.of(tenant).keyPrefix + address);
      return bytes ? codec.decode(decodeEnvelope(bytes).payload) : undefined;
    },

    async feed(tenant) {
      const entries = await straight.xrangeBuffer(names.of(tenant).feed, '-', '+');
      return entries.map(([, fields]) => feedCodec.decode(fields[1] as Buffer));
    },

    async outbox(limit) {
      const rows = await orm.em.fork().find(Outbox, {}, { orderBy: { id: 'asc' }, ...(limit && { limit }) });
      return rows.map(row => ({ ...row }));
    },

    async drain() {
      await handle.settled();
      await eventually(
        async () => {
          await system.sql(`update ${ownTable(orm, 'outbox')} set available_at = 0 where available_at is not null`);
          await handle.relay();
          return (await handle.backlog()).waiting === 0;
        },
        { timeoutMs: 30_000, message: 'the outbox to be empty' },
      );
    },

    reportsOf: kind => reports.filter(report => report.kind === kind) as never,

    sql: async (sql, params = []) => (await orm.em.fork().getConnection('write').execute(sql, params)) as never,

    async lockWaits() {
      const innodb =
        "select trx_query as query from information_schema.innodb_trx join information_schema.processlist on id = trx_mysql_thread_id where db = database() and trx_state = 'LOCK WAIT'";
      const postgres =
        "select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      const waits = await system.sql<{ query: string }>(database.kind === 'postgresql' ? postgres : innodb);
      return waits.map(({ query }) => query);
    },

    async [Symbol.asyncDispose]() {
      // Once more by a test whose own system was refused.
      if (isClosed) return;
      isClosed = true;
      await handle.settled();
      await orm.close(true);
      redis.disconnect();
      if (!options.prefix && !options.redisServer) await own.close(straight);
      straight.disconnect();
      if (!options.database) await database.close();
    },
  };
  return system;
}

/** Holds the next call of the replica's `apply` until it is told to go on; those after it pass. */
export function holdNextApply(system: TestSystem): { readonly reached: Promise<void>; release(): void } {
  const replica = system.replication.replica as { apply: TestSystem['replication']['replica']['apply'] };
  const { apply } = replica;
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  replica.apply = async (...args) => {
    replica.apply = apply;
    reached.resolve();
    await released.promise;
    return apply(...args);
  };
  return { reached: reached.promise, release: released.resolve };
}

/** Address → owner, of what is in Redis: short to compare. */
export async function ownersIn(system: TestSystem): Promise<Record<string, string>> {
  return Object.fromEntries(Object.entries(await system.redisKeys()).map(([key, { owner }]) => [key, owner]));
}

/** What is in Redis, as `expectedKeys` has it. */
export async function withoutVersions(system: TestSystem): Promise<Record<string, Omit<Standing, 'version'>>> {
  const keys = await system.redisKeys();
  return Object.fromEntries(Object.entries(keys).map(([key, { owner, value }]) => [key, { owner, value }]));
}

/** How many outbox rows a relay has claimed and not let go of. */
export async function leasedRows(system: TestSystem): Promise<number> {
  const sql = 'select count(*) as rows_leased from tenantry_outbox where available_at > 0';
  const [row] = await system.sql<{ rows_leased: number }>(sql);
  return Number(row?.rows_leased);
}
