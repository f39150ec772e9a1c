import type { Fault } from './fault.ts';

/** MikroORM reads from it outside of transactions: what the writers change then, they have seen as it was long ago. */
export const databaseReplicaLag: Fault = {
  name: 'database-replica-lag',
  about: "the writers' reads go to a copy of the database that is seconds behind, and stops for a while",
  hasReadReplica: true,
  async strike(world) {
    await world.readReplica?.stop();
    world.note('the read replica stands still');
    await world.let(world.random.int(1_000, 3_000));
    await world.readReplica?.goOn();
  },
};
