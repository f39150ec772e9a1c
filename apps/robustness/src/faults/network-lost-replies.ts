import type { Fault } from './fault.ts';

/** What was asked for is done, nobody hears of it, and it is asked for again. */
export const networkLostReplies: Fault = {
  name: 'network-lost-replies',
  about: 'connections break between a write that landed and its reply',
  async strike(world) {
    for (let i = 0; i < 8; i++) {
      for (const { role, redisProxy } of world.processes) redisProxy?.loseReplies(role === 'reader' ? 1 : 2);
      await world.let(world.random.int(20, 300));
    }
    for (const { redisProxy } of world.processes) redisProxy?.loseReplies(0);
  },
};
