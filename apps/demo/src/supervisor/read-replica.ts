import { createPayloadCodec, createRedisNames, decodeEnvelope } from '@tenantry/protocol';
import type { Redis } from 'ioredis';

/** What stands under one sync key in Redis. */
export interface ReplicaEntry {
  readonly version: number;
  readonly value: unknown;
}

/** Everything under the prefix's sync keys in Redis, by ref; names of unknown tenants as they are. */
export async function readReplica(
  redis: Redis,
  prefix: string,
  tenants: readonly string[],
): Promise<Map<string, ReplicaEntry>> {
  const names = createRedisNames(prefix);
  const codec = createPayloadCodec();
  const keyPrefixes = tenants.map(tenant => ({ tenant, keyPrefix: names.of(tenant).keyPrefix }));
  const refNameOf = (key: string): string => {
    const owner = keyPrefixes.find(({ keyPrefix }) => key.startsWith(keyPrefix));
    return owner ? `${key.slice(owner.keyPrefix.length)} ${owner.tenant}` : key;
  };
  const keys = new Set<string>();
  for await (const found of redis.scanStream({ match: `${prefix}:{*}:k:*`, count: 1000 }))
    for (const key of found as string[]) keys.add(key);
  const entries = new Map<string, ReplicaEntry>();
  for (const key of keys) {
    const bytes = await redis.getBuffer(key);
    if (!bytes) continue;
    const { version, payload } = decodeEnvelope(bytes);
    entries.set(refNameOf(key), { version, value: codec.decode(payload) });
  }
  return entries;
}
