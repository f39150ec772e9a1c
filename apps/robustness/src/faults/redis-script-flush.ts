import type { Fault } from './fault.ts';

export const redisScriptFlush: Fault = {
  name: 'redis-script-flush',
  about: 'Redis forgets the scripts, again and again',
  async strike(world) {
    const redis = world.redis.connect();
    for (let i = 0; i < 15; i++) {
      await redis.script('FLUSH');
      await world.let(world.random.int(5, 150));
    }
    redis.disconnect();
  },
};
