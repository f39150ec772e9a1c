import type { Fault } from './fault.ts';

/** Somebody else locks rows the other way round, so that transactions of the writers are chosen as victims. */
export const databaseDeadlocks: Fault = {
  name: 'database-deadlocks',
  about: 'another program makes deadlocks with the writers',
  async strike(world) {
    const other = async (): Promise<void> => {
      const connection = await world.pool.getConnection();
      try {
        for (let i = 0; i < 25; i++) {
          await connection.beginTransaction();
          try {
            for (let id = 20; id > 0; id -= world.random.int(1, 4))
              await connection.query('select * from plan where id = ? for update', [id]);
            await connection.query('select * from tenantry_outbox order by id desc limit 3 for update');
            await connection.commit();
          } catch {
            await connection.rollback().catch(() => undefined);
          }
          await world.let(world.random.int(0, 30));
        }
      } finally {
        connection.release();
      }
    };
    await Promise.all([other(), other()]);
  },
};
