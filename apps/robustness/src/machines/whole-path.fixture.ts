import { type Replication, replication, type TenantryOptions, tenantry } from '@tenantry/mikro-orm';
import type { TenantryError } from '@tenantry/protocol';
import { endConnection, type RedisClient } from '@tenantry/redis';
import { type Client, createClient } from '@tenantry/sdk';
import { eventually, freshDatabase } from '@tenantry/testing';
import type { WorkerOptions } from '@tenantry/worker';
import { startWorker } from '@tenantry/worker';
import { expect } from 'vitest';
import { createTables } from '../../../../packages/mikro-orm/src/create-tables.fixture.ts';
import { Plan, plans } from '../../../../packages/mikro-orm/src/plans.fixture.ts';
import { openOrm, type TestORM } from '../../../../packages/mikro-orm/src/system.fixture.ts';

/** A writer, a worker and a reader, each with a connection of its own to some kind of Redis. */
export interface WholePath extends AsyncDisposable {
  readonly tenants: readonly string[];
  readonly orm: TestORM;
  readonly replication: Replication;
  readonly client: Client;
  /** What the worker reported. */
  readonly errors: readonly TenantryError[];
  /** Every state of the reader, in order. */
  readonly states: readonly string[];
  /** Gives the plan of every tenant this name, in one transaction. */
  write(name: string): Promise<void>;
  /** What the reader's watches show now, by tenant. */
  shown(): Record<string, string | undefined>;
  /** Waits until every watch shows this name. */
  arrived(name: string, timeoutMs?: number): Promise<void>;
}

export interface WholePathOptions {
  /** Called once for each of the three; the connections are closed at the end. */
  connect(who: 'writer' | 'worker' | 'reader'): RedisClient;
  readonly prefix?: string;
  readonly tenantry?: Partial<TenantryOptions>;
  readonly worker?: Partial<WorkerOptions>;
}

const TENANTS = Array.from({ length: 12 }, (_, i) => `tenant-${i}`);

/** Nothing is published after a commit unless told otherwise, so that each change goes the long way. */
export async function openWholePath({ connect, prefix, ...options }: WholePathOptions): Promise<WholePath> {
  const database = await freshDatabase();
  const [writing, working, reading] = [connect('writer'), connect('worker'), connect('reader')];
  for (const redis of [writing, working, reading]) redis.on('error', () => undefined);
  const named = prefix === undefined ? {} : { prefix };
  const extension = tenantry({
    redis: writing,
    sync: [[Plan, plans]],
    publish: 'relay',
    relayGraceMs: 50,
    ...named,
    ...options.tenantry,
  });
  const orm = await openOrm(database, { entities: [Plan], extensions: [extension] });
  await createTables(orm, database);
  const errors: TenantryError[] = [];
  const worker = await startWorker({
    orm: orm as never,
    redis: working,
    relayEveryMs: 50,
    onError: error => errors.push(error),
    ...named,
    ...options.worker,
  });
  const client = await createClient({
    redis: reading,
    heartbeatMs: 100,
    feedTimeoutMs: 500,
    readTimeoutMs: 2_000,
    sweepMs: 0,
    ...named,
  });
  const states: string[] = [];
  client.status$.subscribe(({ state }) => states.push(state));
  const shown = new Map<string, string | undefined>();
  for (const tenant of TENANTS)
    client
      .tenant(tenant)
      .watch(plans.by('slug', { slug: tenant }))
      .subscribe(plan => shown.set(tenant, plan?.name));

  return {
    tenants: TENANTS,
    orm,
    replication: replication(orm as never),
    client,
    errors,
    states,
    async write(name) {
      const em = orm.em.fork();
      const known = await em.find(Plan, {});
      for (const plan of known) plan.name = name;
      if (known.length === 0) for (const tenantId of TENANTS) em.create(Plan, { tenantId, slug: tenantId, name });
      await em.flush();
    },
    shown: () => Object.fromEntries(shown),
    async arrived(name, timeoutMs = 60_000) {
      const all = Object.fromEntries(TENANTS.map(tenant => [tenant, name]));
      await eventually(() => expect(Object.fromEntries(shown)).toEqual(all), { timeoutMs });
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await worker.close();
      await orm.close(true);
      for (const redis of [writing, working, reading]) endConnection(redis);
      await database.close();
    },
  };
}
