import { randomBytes } from 'node:crypto';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { testServers } from './test-servers.ts';

/** A database of one's own on the shared test server. */
export interface FreshDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  readonly kind: 'mariadb' | 'mysql';
  /** Drops it. */
  close(): Promise<void>;
}

export async function freshDatabase(serverUrl: string = testServers().databaseUrl): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const version = await onServer(serverUrl, async server => {
    await server.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
    const [rows] = await server.query<RowDataPacket[]>('SELECT VERSION() AS version');
    return String(rows[0]?.version);
  });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const close = async (): Promise<void> => {
    await onServer(serverUrl, server => server.query(`DROP DATABASE IF EXISTS ${name}`));
  };
  const kind = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
  return { url: url.href, name, kind, close, [Symbol.asyncDispose]: close };
}

async function onServer<T>(url: string, work: (server: Connection) => Promise<T>): Promise<T> {
  const server = await createConnection(url);
  try {
    return await work(server);
  } finally {
    await server.end();
  }
}
