import { configStore } from '@tenantry/mikro-orm';
import type { TenantryError } from '@tenantry/protocol';
import { type Client, type ClientStatus, createClient } from '@tenantry/sdk';
import { eventually, type RedisServer } from '@tenantry/testing';
import { workerSource } from '@tenantry/worker-source';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { counter, limit, theme } from '../packages/mikro-orm/src/configs.fixture.ts';
import { Plan, plans } from '../packages/mikro-orm/src/plans.fixture.ts';
import type { TestSystem } from '../packages/mikro-orm/src/system.fixture.ts';
import { openWriter, workerFor } from '../packages/worker/src/worker.fixture.ts';
import type { AnyRedisOptions } from './redis-options.fixture.ts';

/** For many applications that share two cores: what each of them asks for, the others wait for. */
const PATIENCE = { timeoutMs: 150_000, intervalMs: 250 };

/** A writer, a worker and a reader whose connections have these options. */
export interface OptionLife {
  readonly system: TestSystem;
  readonly client: Client;
  /** What the worker reported, and what the reader told. */
  readonly errors: readonly TenantryError[];
  readonly troubles: readonly unknown[];
  /** Commits one name of one row. */
  write(name: string): Promise<void>;
  /** Resolves once the reader has it, and says that it is fresh. */
  sees(name: string): Promise<void>;
  /** Resolves once the reader says that its values may be old. */
  losesRedis(): Promise<void>;
  /** Through Redis into the database, and to the reader. */
  writesBack(n: number): Promise<void>;
  /** Ends writer, worker, reader, and the application's connections. */
  close(): Promise<void>;
}

export async function openOptionLife(server: RedisServer, options: AnyRedisOptions): Promise<OptionLife> {
  const all = { ...options, host: server.host, port: server.port } as AnyRedisOptions & { replyMapping: 'legacy' };
  const connect = () => new Redis(all).on('error', () => undefined);
  const [redis, own] = [connect(), connect()];
  const system = await openWriter({
    sync: [[Plan, plans]],
    redisServer: server.url,
    orm: { pool: { min: 0, max: 4 } },
    tenantry: { redis, configs: [theme, limit, counter], publish: 'await', publishTimeoutMs: 1_000 },
  });
  const worker = await workerFor({ ...system, redis } as never, { relayEveryMs: 500, flushEveryMs: 500 });
  const source = workerSource({ redis: own, prefix: system.prefix, timeoutMs: 30_000 });
  const troubles: unknown[] = [];
  const client = await createClient({
    redis: own,
    prefix: system.prefix,
    source,
    readTimeoutMs: 500,
    // A busy machine makes everything late.
    onTrouble: trouble => void (/longer than its budget/.test(String(trouble)) || troubles.push(trouble)),
  });
  let status: ClientStatus | undefined;
  client.status$.subscribe(now => {
    status = now;
  });
  const acme = client.tenant('acme');
  let seen: unknown;
  acme.watchEntry(plans.by('slug', { slug: 'one' })).subscribe(({ value, stale }) => {
    seen = { name: value?.name, stale };
  });
  const store = configStore(system.orm).tenant('acme');
  return {
    system,
    client,
    errors: worker.errors,
    troubles,
    async write(name) {
      const em = system.em();
      const row = (await em.findOne(Plan, { slug: 'one' })) ?? em.create(Plan, { tenantId: 'acme', slug: 'one' });
      row.name = name;
      await em.flush();
    },
    sees: name =>
      eventually(() => {
        expect(seen).toEqual({ name, stale: false });
        expect(status?.state).toBe('ready');
      }, PATIENCE),
    losesRedis: () =>
      eventually(() => expect([status?.state, seen]).toMatchObject(['stale', { stale: true }]), PATIENCE),
    async writesBack(n) {
      await eventually(() => store.set(counter, { n }).then(() => true), PATIENCE);
      await eventually(async () => expect(await acme.get(counter)).toEqual({ n }), PATIENCE);
      await eventually(async () => expect((await store.get(counter))?.dirty).toBe(false), PATIENCE);
    },
    async close() {
      await worker.close();
      await client.close();
      await source.close();
      await system[Symbol.asyncDispose]();
      redis.disconnect();
      own.disconnect();
    },
  };
}
