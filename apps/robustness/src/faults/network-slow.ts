import type { Fault } from './fault.ts';

export const networkSlow: Fault = {
  name: 'network-slow',
  about: 'every chunk to and from Redis is late, some of it byte by byte',
  async strike(world) {
    for (const { redisProxy } of world.processes) {
      if (world.random.chance(0.5)) redisProxy?.delay(world.random.int(20, 180));
      else redisProxy?.throttle(world.random.int(3_000, 40_000));
    }
    await world.let(world.random.int(1_500, 3_000));
    for (const { redisProxy } of world.processes) {
      redisProxy?.delay(0);
      redisProxy?.throttle(Number.POSITIVE_INFINITY);
    }
  },
};
