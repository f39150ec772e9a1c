import { randomBytes } from 'node:crypto';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { Client } from 'pg';
import type { DatabaseKind } from './servers/database-server.ts';
import { testServers } from './test-servers.ts';

/** A database of one's own on the shared test server. */
export interface FreshDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  readonly kind: DatabaseKind;
  /** Drops it. */
  close(): Promise<void>;
}

export async function freshDatabase(serverUrl: string = testServers().databaseUrl): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const isPostgres = serverUrl.startsWith('postgres');
  const kind = await (isPostgres ? createOnPostgres : createOnMysql)(serverUrl, name);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const close = async (): Promise<void> => {
    // A pool may still be closing its last connections.
    if (isPostgres) await onPostgres(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    else await onMysql(serverUrl, `DROP DATABASE IF EXISTS ${name}`);
  };
  return { url: url.href, name, kind, close, [Symbol.asyncDispose]: close };
}

async function createOnMysql(url: string, name: string): Promise<DatabaseKind> {
  const [, rows] = await onMysql(url, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`, 'SELECT VERSION() AS version');
  return /mariadb/i.test(String(rows?.[0]?.version)) ? 'mariadb' : 'mysql';
}

async function createOnPostgres(url: string, name: string): Promise<DatabaseKind> {
  await onPostgres(url, `CREATE DATABASE ${name}`);
  return 'postgresql';
}

async function onMysql(url: string, ...statements: string[]): Promise<RowDataPacket[][]> {
  const server = await createConnection(url);
  try {
    const answers: RowDataPacket[][] = [];
    for (const sql of statements) answers.push((await server.query<RowDataPacket[]>(sql))[0]);
    return answers;
  } finally {
    await server.end();
  }
}

async function onPostgres(url: string, sql: string): Promise<void> {
  const server = new Client({ connectionString: url });
  await server.connect();
  try {
    await server.query(sql);
  } finally {
    await server.end();
  }
}
