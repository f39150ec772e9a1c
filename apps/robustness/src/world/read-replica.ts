import { type RestartableServer, startMariadbServer } from '@tenantry/testing';
import { createConnection } from 'mysql2/promise';

/** A database and a copy of it that is always behind. */
export interface ReplicatedDatabase extends AsyncDisposable {
  readonly primary: RestartableServer;
  readonly replica: { readonly host: string; readonly port: number };
  /** The copy takes in nothing more, until `goOn()`. */
  stop(): Promise<void>;
  goOn(): Promise<void>;
}

const LAG_S = 1;

/** MariaDB's own replication, delayed. */
export async function startReplicatedDatabase(): Promise<ReplicatedDatabase> {
  const primary = await startMariadbServer(undefined, ['--server-id=1', '--log-bin=changes']);
  const copy = await startMariadbServer(undefined, ['--server-id=2']);
  const run = async (sql: string): Promise<void> => {
    const connection = await createConnection(copy.url);
    await connection.query(sql).finally(() => connection.end());
  };
  const { hostname, port } = new URL(primary.url);
  await run(
    `change master to master_host = '${hostname}', master_port = ${port}, master_user = 'root', master_use_gtid = slave_pos, master_delay = ${LAG_S}, master_connect_retry = 1`,
  );
  await run('start slave');
  const { hostname: host, port: copyPort } = new URL(copy.url);
  return {
    primary,
    replica: { host, port: Number(copyPort) },
    stop: () => run('stop slave sql_thread'),
    goOn: () => run('start slave sql_thread'),
    async [Symbol.asyncDispose]() {
      await copy.close();
      await primary.close();
    },
  };
}
