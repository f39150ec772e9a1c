import type { Fault } from './fault.ts';

/** The backup says that it is filled, and lacks what was published since. */
export const redisOlderSnapshot: Fault = {
  name: 'redis-older-snapshot',
  about: 'Redis dies and comes back as it was some seconds ago',
  appendOnly: 'no',
  async strike(world) {
    const [server] = world.redis.servers;
    const redis = world.redis.connect();
    await redis.call('SAVE');
    redis.disconnect();
    world.note('a snapshot of Redis is taken');
    await world.let(world.random.int(500, 2_000));
    await server?.kill();
    world.note('Redis goes back to its snapshot', true);
    await server?.start();
  },
};
