import type { Fault } from './fault.ts';

/** Statements and commits of one writer are late, so that lower ids of the outbox are committed after higher ones. */
export const databaseSlowCommits: Fault = {
  name: 'database-slow-commits',
  about: 'commits come late and in another order than their ids',
  async strike(world) {
    for (let i = 0; i < 4; i++) {
      const slow = world.random.pick([...world.of('writer'), ...world.of('worker')]);
      slow.databaseProxy.delay(world.random.int(30, 150));
      await world.let(world.random.int(300, 900));
      slow.databaseProxy.delay(0);
    }
  },
};
