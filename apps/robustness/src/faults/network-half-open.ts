import type { Fault } from './fault.ts';

/** The other end is gone and nobody was told: what is sent disappears until somebody gives the connection up. */
export const networkHalfOpen: Fault = {
  name: 'network-half-open',
  about: 'connections to Redis die without a word, new ones work',
  async strike(world) {
    for (const { redisProxy } of world.processes) if (world.random.chance(0.7)) redisProxy?.halfOpen();
    await world.let(world.random.int(3_500, 5_500));
  },
};
