import { databaseSessions } from '@tenantry/testing';
import type { RowDataPacket } from 'mysql2/promise';
import type { Fault } from './fault.ts';

export const databaseKill: Fault = {
  name: 'database-kill',
  about: 'the database ends connections in the middle of their transactions (KILL)',
  async strike(world) {
    const database = new URL(world.database.url).pathname.slice(1);
    for (let i = 0; i < 12; i++) {
      const sessions = await databaseSessions(async sql => (await world.pool.query<RowDataPacket[]>(sql))[0]);
      for (const { Id, db } of sessions)
        if (db === database && world.random.chance(0.4)) await world.pool.query(`kill ${Id}`).catch(() => undefined);
      await world.let(world.random.int(20, 250));
    }
  },
};
