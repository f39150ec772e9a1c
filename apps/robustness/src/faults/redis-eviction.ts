import type { Redis } from 'ioredis';
import type { Fault } from './fault.ts';

/** Workers refuse to start on a Redis that evicts, but it may be told to later. No process can notice, so an operator looks. */
export const redisEviction: Fault = {
  name: 'redis-eviction',
  about: 'Redis is told to evict, and evicts whatever it likes, queue and feeds included; then somebody repairs',
  async strike(world) {
    const redis = world.redis.connect() as Redis;
    try {
      const before = await numberIn(redis, 'stats', 'evicted_keys');
      await redis.config('SET', 'maxmemory-policy', 'allkeys-random');
      const used = await numberIn(redis, 'memory', 'used_memory');
      await redis.config('SET', 'maxmemory', used - world.random.int(20_000, 200_000));
      await world.let(world.random.int(300, 1_200));
      await redis.config('SET', 'maxmemory', 0);
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      world.note(`Redis evicted ${(await numberIn(redis, 'stats', 'evicted_keys')) - before} keys`, true);
    } finally {
      redis.disconnect();
    }
    await world.audit();
  },
};

async function numberIn(redis: Redis, section: string, name: string): Promise<number> {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await redis.info(section))?.[1]);
}
