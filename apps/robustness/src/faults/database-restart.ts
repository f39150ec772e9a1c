import type { Fault } from './fault.ts';

export const databaseRestart: Fault = {
  name: 'database-restart',
  about: 'the database dies (-9) and comes back',
  async strike(world) {
    world.note('the database dies');
    await world.database.server.restart();
    world.note('the database is back');
    await world.let(500);
  },
};
