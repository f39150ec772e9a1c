import type { RowDataPacket } from 'mysql2/promise';
import type { Fault } from './fault.ts';

export const databaseKill: Fault = {
  name: 'database-kill',
  about: 'the database ends connections in the middle of their transactions (KILL)',
  async strike(world) {
    for (let i = 0; i < 12; i++) {
      const [sessions] = await world.pool.query<RowDataPacket[]>(
        'select id from information_schema.processlist where db = database() and id <> connection_id()',
      );
      for (const { id } of sessions)
        if (world.random.chance(0.4)) await world.pool.query(`kill ${Number(id)}`).catch(() => undefined);
      await world.let(world.random.int(20, 250));
    }
  },
};
