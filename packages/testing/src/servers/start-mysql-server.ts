import { join } from 'node:path';
import { databaseVersion } from './answers.ts';
import { databaseArguments, type RestartableServer, runAsRoot } from './database-server.ts';
import { freePort } from './free-port.ts';
import { ensureDebianTree, programOfTree } from './install/debian-tree.ts';
import { findProgram } from './install/find-program.ts';
import { createPrivateFolder } from './process/private-folder.ts';
import { runToEnd } from './process/run-to-end.ts';
import { startServerProcess } from './process/start-server-process.ts';

/** A private MySQL, the real one: this machine's, else one in a Debian tree of its own. */
export async function startMysqlServer(onProgress?: (line: string) => void): Promise<RestartableServer> {
  const { command, settings } = (await installedMysql()) ?? mysqlOfTree(await ensureDebianTree('mysql', onProgress));
  const [program = '', ...before] = command;

  const folder = createPrivateFolder('mysql');
  const data = join(folder.path, 'data');
  const setUp = ['--no-defaults', '--initialize-insecure', `--datadir=${data}`, ...settings, ...runAsRoot()];
  await runToEnd(program, [...before, ...setUp]);

  const address = { host: '127.0.0.1', port: await freePort() };
  const args = [...before, ...databaseArguments(address, data), ...settings, ...SETTINGS];
  const answers = (): Promise<unknown> => databaseVersion(address);
  const start = () => startServerProcess({ program, args, folder, answers });
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

const SETTINGS: readonly string[] = [
  '--secure-file-priv=NULL', // else it looks for a folder that only the full package makes
  '--mysqlx=OFF', // would want one more port
  '--skip-log-bin', // nobody reads it here
];

interface Mysql {
  readonly command: readonly string[];
  readonly settings: readonly string[];
}

// Debian's MariaDB answers to the name of mysqld, too.
async function installedMysql(): Promise<Mysql | undefined> {
  const program = findProgram('mysqld');
  if (!program) return undefined;
  const version = await runToEnd(program, ['--no-defaults', '--version']);
  return /mariadb/i.test(version) ? undefined : { command: [program], settings: [] };
}

function mysqlOfTree(root: string): Mysql {
  const share = join(root, 'usr/share/mysql');
  const settings = [
    `--basedir=${join(root, 'usr')}`,
    `--lc-messages-dir=${share}`,
    `--character-sets-dir=${join(share, 'charsets')}`,
    `--plugin-dir=${join(root, 'usr/lib/mysql/plugin')}`,
  ];
  return { command: programOfTree(root, 'mysqld'), settings };
}
