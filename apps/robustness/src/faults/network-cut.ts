import type { Fault } from './fault.ts';

export const networkCut: Fault = {
  name: 'network-cut',
  about: 'every connection to Redis is reset, again and again',
  async strike(world) {
    for (let i = world.random.int(2, 5); i > 0; i--) {
      for (const { redisProxy } of world.processes) if (world.random.chance(0.7)) redisProxy?.cut();
      await world.let(world.random.int(20, 500));
    }
  },
};
