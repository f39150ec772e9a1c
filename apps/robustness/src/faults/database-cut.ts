import type { Fault } from './fault.ts';

/** Also between a commit and its answer. */
export const databaseCut: Fault = {
  name: 'database-cut',
  about: 'connections to the database break, some between a commit and its answer',
  async strike(world) {
    for (let i = 0; i < 8; i++) {
      for (const { databaseProxy } of world.processes)
        if (world.random.chance(0.4)) databaseProxy.loseReplies(world.random.int(1, 2));
      await world.let(world.random.int(50, 300));
    }
    for (const { databaseProxy } of world.processes) databaseProxy.loseReplies(0);
  },
};
