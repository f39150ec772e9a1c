import { eventually, type RedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';

/** Waits until a server that was a master is a replica which has caught up, or the next failover would have nobody to go to. */
export async function replicaIsInStep({ host, port }: RedisServer): Promise<void> {
  const redis = new Redis({ host, port, retryStrategy: () => 100, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  const isInStep = async (): Promise<boolean> => {
    const told = await redis.info('replication');
    return told.includes('role:slave') && told.includes('master_link_status:up');
  };
  // A Sentinel that was kept from running for two seconds does nothing for the next thirty.
  const patience = { timeoutMs: 90_000, intervalMs: 200, message: 'the former master to be a replica in step' };
  await eventually(isInStep, patience).finally(() => redis.disconnect());
}
