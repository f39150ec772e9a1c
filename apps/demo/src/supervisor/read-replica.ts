import { createPayloadCodec, createRedisNames, decodeEnvelope } from '@tenantry/protocol/wire';
import type { Redis } from 'ioredis';
import { layerName, scopeOf } from './read-scopes.ts';

/** What stands under one address in Redis. */
export interface ReplicaEntry {
  readonly version: number;
  readonly value: unknown;
  /** It only says that there is nothing. */
  readonly isAbsent: boolean;
}

/** Everything readable under the prefix in Redis, by ref; names that are none of ours as they are. */
export async function readReplica(redis: Redis, prefix: string): Promise<Map<string, ReplicaEntry>> {
  const names = createRedisNames(prefix);
  const codec = createPayloadCodec();
  const keys = new Set<string>();
  for await (const found of redis.scanStream({ match: `${prefix}:{*}:k:*`, count: 1000 }))
    for (const key of found as string[]) keys.add(key);
  const entries = new Map<string, ReplicaEntry>();
  for (const key of keys) {
    const bytes = await redis.getBuffer(key);
    if (!bytes) continue;
    const { version, payload, isAbsent = false } = decodeEnvelope(bytes);
    const { tenant, rest } = names.partOf(key) ?? {};
    const address = rest?.startsWith('k:') ? rest.slice(2) : undefined;
    const name = tenant === undefined || address === undefined ? key : layerName(address, scopeOf(tenant));
    entries.set(name, { version, value: isAbsent ? undefined : codec.decode(payload), isAbsent });
  }
  return entries;
}

/** The names of the settings that are acknowledged and not yet in the database. */
export async function readDirty(redis: Redis, prefix: string, tenants: Iterable<string>): Promise<Set<string>> {
  const names = createRedisNames(prefix);
  const found = await Promise.all(
    [...tenants].map(async tenant => (await redis.hkeys(names.of(tenant).dirty)).map(owner => `${owner} ${tenant}`)),
  );
  return new Set(found.flat());
}
