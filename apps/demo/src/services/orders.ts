// A service with a pool of connections to MySQL or MariaDB, whose user and password are a config.
import type { RowDataPacket } from 'mysql2/promise';
import { databaseLogin } from '../definitions/service-configs.ts';
import { openPool } from './open-pool.ts';
import { startService } from './start-service.ts';

await startService({
  name: 'orders',
  config: databaseLogin,
  resource: ({ databaseUrl }) => ({
    open: login => openPool(databaseUrl, login),
    // Signs in: a password that the database does not take never comes into use.
    check: pool => pool.query('SELECT 1'),
    close: pool => pool.end(),
    openTimeoutMs: 5_000,
  }),
  /** Several statements, and time between them: a call that a rotation meets in its middle. */
  async answer(pool) {
    const look = async (): Promise<unknown> => {
      const [rows] = await pool.query<RowDataPacket[]>('SELECT CURRENT_USER() AS user, COUNT(*) FROM plan_settings');
      return rows[0]?.user;
    };
    const begun = await look();
    await pool.query('DO SLEEP(0.02)');
    return { begun, ended: await look() };
  },
});
