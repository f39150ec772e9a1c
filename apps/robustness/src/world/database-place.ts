import { randomBytes } from 'node:crypto';
import { type FaultProxy, type RestartableServer, startFaultProxy } from '@tenantry/testing';
import { createConnection } from 'mysql2/promise';

/** A database of one's own on a server of one's own. */
export interface DatabasePlace extends AsyncDisposable {
  readonly kind: 'mariadb' | 'mysql';
  readonly server: RestartableServer;
  /** Straight to it. */
  readonly url: string;
  /** A way to it through a proxy of its own. */
  way(): Promise<{ readonly url: string; readonly proxy: FaultProxy }>;
}

export async function createDatabase(server: RestartableServer): Promise<DatabasePlace> {
  const name = `robust_${randomBytes(5).toString('hex')}`;
  const run = async (sql: string): Promise<void> => {
    const connection = await createConnection(server.url);
    await connection.query(sql).finally(() => connection.end());
  };
  await run(`create database ${name} character set utf8mb4 collate utf8mb4_bin`);
  const proxies: FaultProxy[] = [];
  const { hostname: host, port } = new URL(server.url);
  const urlAt = (at: string): string => `mysql://root@${at}/${name}`;
  return {
    kind: server.kind === 'mysql' ? 'mysql' : 'mariadb',
    server,
    url: urlAt(`${host}:${port}`),
    async way() {
      const proxy = await startFaultProxy({ target: { host, port: Number(port) } });
      proxies.push(proxy);
      return { url: urlAt(`${proxy.host}:${proxy.port}`), proxy };
    },
    async [Symbol.asyncDispose]() {
      for (const proxy of proxies) await proxy.close();
      await run(`drop database ${name}`);
    },
  };
}
