import { freshDatabase } from '@tenantry/testing';
import { createConnection, createPool, type Pool, type RowDataPacket } from 'mysql2/promise';

/** The application's database, as the supervisor sees it: past the ORM. */
export interface DemoDatabase {
  readonly url: string;
  readonly kind: 'mariadb' | 'mysql';
  readonly pool: Pool;
  close(): Promise<void>;
}

/** A database of this run, dropped at the end, or one that stays for the next time. */
export async function openDemoDatabase(serverUrl: string, stays: boolean): Promise<DemoDatabase> {
  const { url, kind, close } = stays ? await lastingDatabase(serverUrl) : await freshDatabase(serverUrl);
  if (kind === 'postgresql') throw new Error('The demo speaks SQL of its own, that of MySQL and MariaDB');
  const pool = createPool({ uri: url, timezone: 'Z', connectionLimit: 2 });
  return {
    url,
    kind,
    pool,
    async close() {
      await pool.end();
      await close();
    },
  };
}

async function lastingDatabase(serverUrl: string) {
  const url = new URL(serverUrl);
  url.pathname = '/tenantry_demo';
  const server = await createConnection(serverUrl);
  try {
    await server.query('CREATE DATABASE IF NOT EXISTS tenantry_demo CHARACTER SET utf8mb4');
    const [rows] = await server.query<RowDataPacket[]>('SELECT VERSION() AS version');
    const kind: DemoDatabase['kind'] = /mariadb/i.test(String(rows[0]?.version)) ? 'mariadb' : 'mysql';
    return { url: url.href, kind, close: async () => undefined };
  } finally {
    await server.end();
  }
}
