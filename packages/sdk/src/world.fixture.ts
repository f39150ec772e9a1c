import { defineSync, type Ref, type Tenant } from '@tenantry/protocol';
import { createPayloadCodec, encodeEnvelope, ownerOf } from '@tenantry/protocol/wire';
import {
  createLocalReplica,
  createReplica,
  createReplicaReader,
  type RecordChange,
  type Replica,
  type ReplicaReader,
} from '@tenantry/redis';
import { freshPrefix } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { ClientOptions } from './client-options.ts';
import { type Client, createClient } from './create-client.ts';

export interface Plan {
  tenantId: string;
  id: number;
  slug: string;
  seats: number | null;
}

/** Belongs to tenants. */
export const plans = defineSync<Plan>()({
  name: 'plans',
  tenant: 'tenantId',
  keys: { id: ['id'], slug: ['slug'] },
});

/** Belongs to the global tenant. */
export const currencies = defineSync<{ code: string; digits: number }>()({
  name: 'currencies',
  keys: { code: ['code'] },
});

export const planById = (id: number) => plans.by('id', { id });
export const planBySlug = (slug: string) => plans.by('slug', { slug });

const codec = createPayloadCodec();

export interface PlanState {
  readonly id: number;
  readonly version: number;
  readonly slug?: string;
  readonly seats?: number | null;
  readonly expiresAt?: number;
  /** Instead of the encoded plan. */
  readonly payload?: Buffer;
  /** Makes the value so much larger. */
  readonly ballast?: number;
}

/** A plan that stands under its id and, where it has one, its slug. */
export function planPut(state: PlanState): RecordChange {
  const { id, version, slug, seats = null, expiresAt = 0, ballast = 0 } = state;
  const value = { tenantId: 'acme', id, slug, seats, ...(ballast > 0 ? { ballast: 'x'.repeat(ballast) } : undefined) };
  const owner = ownerOf('plans', String(id));
  const payload = state.payload ?? codec.encode(value);
  const refs: Ref<unknown>[] = slug === undefined ? [planById(id)] : [planById(id), planBySlug(slug)];
  return {
    owner,
    version,
    op: 'put',
    addresses: refs.map(({ address }) => address),
    expiresAt,
    envelope: encodeEnvelope({ version, updatedAt: 1_000 + version, expiresAt, owner, payload }),
  };
}

export function planDelete(id: number, version: number): RecordChange {
  return { owner: ownerOf('plans', String(id)), version, op: 'delete', addresses: [] };
}

export function currencyPut(code: string, digits: number, version: number): RecordChange {
  const owner = ownerOf('currencies', code);
  const envelope = encodeEnvelope({
    version,
    updatedAt: 1_000 + version,
    expiresAt: 0,
    owner,
    payload: codec.encode({ code, digits }),
  });
  return { owner, version, op: 'put', addresses: [currencies.by('code', { code }).address], envelope };
}

/**
 * What is not about budgets must not depend on them: on a busy machine a read would fail, and a first one would not wait until its
 * feed is open. A third of the first is for that.
 */
const PATIENT = { readTimeoutMs: 15_000, feedTimeoutMs: 5_000 };

const QUICK = { heartbeatMs: 100, backoffMs: 20, maxBackoffMs: 100, sweepMs: 0 };

/** A prefix, a writer beside the clients, and clients that are quick to find out. */
export interface World extends AsyncDisposable {
  readonly prefix: string;
  readonly redisUrl: string;
  /** A connection past every fault. */
  readonly redis: Redis;
  readonly replica: Replica;
  /** Reads what stands there, past every fault. */
  readonly reader: ReplicaReader;
  apply(tenant: Tenant, ...changes: RecordChange[]): Promise<boolean[]>;
  client(options?: Partial<ClientOptions>): Promise<Client>;
  /** A connection to another address, such as a proxy's; ended with the world. */
  connect(port: number): Redis;
}

export function startWorld(redisUrl?: string, feedLength?: number): World {
  const { prefix, redisUrl: url, close } = freshPrefix(redisUrl);
  const redis = new Redis(url);
  const replica = createReplica({ redis, prefix, feedLength });
  const clients: Client[] = [];
  const connections: Redis[] = [redis];
  return {
    prefix,
    redisUrl: url,
    redis,
    replica,
    reader: createReplicaReader({ redis, prefix, timeoutMs: PATIENT.feedTimeoutMs }),
    apply: (tenant, ...changes) => replica.apply(tenant, changes),
    async client(options = {}) {
      const client = await createClient({ redis: url, prefix, ...QUICK, ...PATIENT, ...options });
      clients.push(client);
      return client;
    },
    connect(port) {
      const connection = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20 });
      connection.on('error', () => undefined);
      connections.push(connection);
      return connection;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close();
      await close().catch(() => undefined);
      for (const connection of connections) connection.disconnect();
    },
  };
}

/** The same without servers: a replica in this process. What a test would ask of Redis is not there. */
export function startLocalWorld(local = createLocalReplica()): World {
  const clients: Client[] = [];
  const noRedis = (): never => {
    throw new Error('This world has no Redis.');
  };
  return {
    prefix: local.names.prefix,
    redisUrl: 'none',
    get redis() {
      return noRedis();
    },
    get replica() {
      return noRedis();
    },
    connect: noRedis,
    reader: local.reader,
    apply: async (tenant, ...changes) => local.apply(tenant, changes),
    async client(options = {}) {
      const client = await createClient({ replica: local, ...QUICK, ...PATIENT, ...options });
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close();
    },
  };
}

/** One contract for both: `describe.each(WORLDS)`. */
export const WORLDS = [
  { from: 'Redis', startWorld: () => startWorld(), hasRedis: true },
  { from: 'a replica in this process', startWorld: () => startLocalWorld(), hasRedis: false },
] as const;
