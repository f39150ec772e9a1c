import type { Fault } from './fault.ts';

export const redisFlushall: Fault = {
  name: 'redis-flushall',
  about: 'somebody says FLUSHALL',
  async strike(world) {
    const redis = world.redis.connect();
    await redis.flushall();
    redis.disconnect();
    world.note('FLUSHALL', true);
    await world.let(world.random.int(200, 1_500));
  },
};
