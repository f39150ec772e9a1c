import type { Fault } from './fault.ts';

export const redisStall: Fault = {
  name: 'redis-stall',
  about: 'Redis stands still (SIGSTOP) and goes on',
  async strike(world) {
    const [server] = world.redis.servers;
    await world.whileUnreachable(world.of('reader'), async () => {
      server?.pause();
      await world.let(world.random.chance(0.5) ? world.random.int(200, 1_500) : 5_500);
      server?.resume();
    });
  },
};
