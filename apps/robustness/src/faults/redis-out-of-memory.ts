import type { Fault } from './fault.ts';

/** `noeviction`: nothing is lost, and nothing can be written. */
export const redisOutOfMemory: Fault = {
  name: 'redis-out-of-memory',
  about: 'Redis reaches maxmemory and refuses every write',
  async strike(world) {
    const redis = world.redis.connect();
    await redis.call('CONFIG', 'SET', 'maxmemory', '1');
    world.note('Redis refuses writes');
    await world.let(world.random.int(500, 2_500));
    await redis.call('CONFIG', 'SET', 'maxmemory', '0');
    redis.disconnect();
  },
};
