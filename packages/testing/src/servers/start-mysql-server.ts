import { basename, join } from 'node:path';
import { databaseVersion } from './answers.ts';
import { databaseArguments, type RestartableServer, runAsRoot } from './database-server.ts';
import { ensureDebianTree } from './debian-tree.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';

import { createPrivateFolder } from './private-folder.ts';
import { runToEnd } from './run-to-end.ts';
import { startServerProcess } from './start-server-process.ts';

/** A private MySQL, the real one: this machine's, else one in a Debian tree of its own. */
export async function startMysqlServer(onProgress?: (line: string) => void): Promise<RestartableServer> {
  const installed = await installedMysql();
  const root = installed === undefined ? await ensureDebianTree('mysql', onProgress) : '';
  const [program, ...before] = installed ? [installed] : ['chroot', root, 'mysqld'];

  const folder = createPrivateFolder('mysql');
  const data = root === '' ? join(folder.path, 'data') : join('/var/lib/tenantry', basename(folder.path));
  folder.note({ folder: join(root, data) });
  const setUp = [...before, '--no-defaults', '--initialize-insecure', `--datadir=${data}`, ...runAsRoot()];
  await runToEnd(program as string, setUp);

  const address = { host: '127.0.0.1', port: await freePort() };
  // Without the first it looks for a folder that only the full package makes; the second would want one more port.
  const args = [...before, ...databaseArguments(address, data), '--secure-file-priv=NULL', '--mysqlx=OFF'];
  const answers = (): Promise<unknown> => databaseVersion(address);
  const start = () => startServerProcess({ program: program as string, args, folder, answers });
  let server = await start();
  return {
    kind: 'mysql',
    url: `mysql://root@${address.host}:${address.port}`,
    restart: async () => {
      await server.end('SIGKILL');
      server = await start();
    },
    close: async () => {
      await server.end('SIGKILL');
      folder.remove();
    },
  };
}

// Debian's MariaDB answers to the name of mysqld, too.
async function installedMysql(): Promise<string | undefined> {
  const program = findProgram('mysqld');
  if (!program) return undefined;
  const version = await runToEnd(program, ['--no-defaults', '--version']);
  return /mariadb/i.test(version) ? undefined : program;
}
