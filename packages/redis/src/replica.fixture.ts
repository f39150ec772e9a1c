import type { Tenant } from '@tenantry/protocol';
import { decodeEnvelope, encodeEnvelope } from '@tenantry/protocol/wire';
import { freshPrefix } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { isCluster, type RedisClient } from './connection/redis-client.ts';
import { createReplica, type RecordChange, type Replica } from './replica/create-replica.ts';
import { createReplicaReader, type ReplicaReader } from './replica/create-replica-reader.ts';

/** A replica under a prefix of its own, and what a test wants to know of it. */
export interface TestReplica extends AsyncDisposable {
  readonly redis: Redis;
  readonly prefix: string;
  readonly replica: Replica;
  readonly reader: ReplicaReader;
}

/** On the shared Redis unless told otherwise. */
export function openReplica({ url, feedLength }: { url?: string; feedLength?: number } = {}): TestReplica {
  const { prefix, redisUrl, close } = freshPrefix(url);
  const redis = new Redis(redisUrl);
  return {
    redis,
    prefix,
    replica: createReplica({ redis, prefix, feedLength }),
    reader: createReplicaReader({ redis, prefix, timeoutMs: 5_000 }),
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await close().catch(() => undefined); // its server may be gone by now
    },
  };
}

/** A record's state: `row(1, 7, ['slug:a'])` is row 1 at version 7, found under one address. */
export function row(id: number, version: number, addresses: readonly string[], more: RowOptions = {}): RecordChange {
  const { text = `row ${id} at ${version}`, formerAddresses, expiresAt = 0 } = more;
  const owner = ownerOfRow(id);
  const payload = Buffer.from(text);
  const envelope = encodeEnvelope({ version, updatedAt: 1, expiresAt, owner, payload });
  return { owner, version, op: 'put', addresses, formerAddresses, envelope, expiresAt };
}

export interface RowOptions {
  readonly text?: string;
  readonly formerAddresses?: readonly string[];
  readonly expiresAt?: number;
}

export function gone(id: number, version: number, formerAddresses?: readonly string[]): RecordChange {
  return { owner: ownerOfRow(id), version, op: 'delete', addresses: [], formerAddresses };
}

export const ownerOfRow = (id: number) => `rows:${id}`;

/** Address → owner and version, of everything that stands under the tenant's addresses. */
export async function standing(redis: RedisClient, replica: Replica, tenant: Tenant): Promise<Record<string, string>> {
  const { keyPrefix } = replica.names.of(tenant);
  const found: Record<string, string> = {};
  const keys = (await allKeys(redis)).filter(key => key.startsWith(keyPrefix)).sort();
  for (const key of keys) {
    const { owner, version } = decodeEnvelope((await redis.getBuffer(key)) as Buffer);
    found[key.slice(keyPrefix.length)] = `${owner}@${version}`;
  }
  return found;
}

export async function allKeys(redis: RedisClient): Promise<string[]> {
  const nodes = isCluster(redis) ? redis.nodes('master') : [redis];
  const keys = await Promise.all(nodes.map(node => node.keys('*')));
  return keys.flat();
}
