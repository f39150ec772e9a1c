import type { MikroORM } from '@mikro-orm/core';
import type { Tenant } from '@tenantry/protocol';
import { type ActualRecords, type RedisClient, type Replica, readRecords, whenReady, within } from '@tenantry/redis';
import { internalFork } from '../../database/internal-fork.ts';
import { drawVersion } from '../../outbox/draw-version.ts';

const READ_MS = 10_000;

/** What Redis has of some records and keys of one tenant, within a budget. */
export async function readTenant(
  { redis, replica }: { readonly redis: RedisClient; readonly replica: Replica },
  tenant: Tenant,
  owners: Iterable<string>,
  addresses: Iterable<string>,
): Promise<ActualRecords> {
  const reading = async () => {
    await whenReady(redis);
    return readRecords(redis, replica.names.of(tenant), [...owners], [...addresses]);
  };
  return within(READ_MS, 'Looking at Redis', reading());
}

/** An id that every version given so far is below. */
export function drawnAfter({ orm }: { readonly orm: MikroORM }): Promise<number> {
  return internalFork(orm).transactional(drawVersion);
}
