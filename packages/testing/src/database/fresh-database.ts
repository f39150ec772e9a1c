import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { Client } from 'pg';
import type { DatabaseKind } from '../servers/database-server.ts';
import { testServers } from '../test-servers.ts';

/** A database of one's own on the shared test server. */
export interface FreshDatabase extends AsyncDisposable {
  readonly url: string;
  readonly name: string;
  readonly kind: DatabaseKind;
  /** Executes statements in it, of a script: `;` is between them. What they set for the session, they set back: others have it next. */
  run(script: string): Promise<void>;
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
  const run = async (script: string): Promise<void> => {
    // Who looks for the connections of this database, or ends them, does not mean ours.
    const there = `USE ${name}; ${script.replace(/[\s;]*$/, '')}; USE information_schema`;
    await (isPostgres ? onPostgres(url.href, script) : onMysql(serverUrl, there));
  };
  return { url: url.href, name, kind, run, close, [Symbol.asyncDispose]: close };
}

async function createOnMysql(url: string, name: string): Promise<DatabaseKind> {
  const [, rows] = await onMysql(url, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`, 'SELECT VERSION() AS version');
  return /mariadb/i.test(String(rows?.[0]?.version)) ? 'mariadb' : 'mysql';
}

async function createOnPostgres(url: string, name: string): Promise<DatabaseKind> {
  await onPostgres(url, `CREATE DATABASE ${name}`);
  return 'postgresql';
}

export async function onMysql(url: string, ...statements: string[]): Promise<RowDataPacket[][]> {
  // Only the server of the run is there as long as we are.
  if (url === process.env.TENANTRY_TEST_DATABASE_URL) return onKeptConnection(url, statements);
  const server = await createConnection({ uri: url, multipleStatements: true });
  try {
    return await inTurn(server, statements);
  } finally {
    await server.end();
  }
}

async function inTurn(server: Connection, statements: readonly string[]): Promise<RowDataPacket[][]> {
  const answers: RowDataPacket[][] = [];
  for (const sql of statements) answers.push((await server.query<RowDataPacket[]>(sql))[0]);
  return answers;
}

/** To connect costs more than what is said then. Files of a worker share it, and it keeps none of them from its end. */
let kept: { readonly server: Promise<Connection>; waiting: number } | undefined;

async function onKeptConnection(url: string, statements: readonly string[]): Promise<RowDataPacket[][]> {
  kept ??= { server: createConnection({ uri: url, multipleStatements: true }), waiting: 0 };
  const mine = kept;
  const forget = (): void => {
    if (kept === mine) kept = undefined;
  };
  mine.waiting++;
  try {
    const server = await mine.server;
    if (server.listenerCount('error') === 0) server.on('error', forget);
    // A process stays for as long as somebody waits for it.
    socketOf(server).ref();
    return await inTurn(server, statements);
  } catch (error) {
    // It may be lost, or in the middle of a script.
    forget();
    throw error;
  } finally {
    if (--mine.waiting === 0) await mine.server.then(kept === mine ? letGo : end, () => {});
  }
}

const letGo = (server: Connection): void => void socketOf(server).unref();
const end = (server: Connection): Promise<void> => server.end().catch(() => {});

function socketOf(server: Connection): Socket {
  return (server as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}

export async function onPostgres(url: string, sql: string): Promise<unknown[]> {
  const server = new Client({ connectionString: url });
  await server.connect();
  try {
    return (await server.query(sql)).rows;
  } finally {
    await server.end();
  }
}
