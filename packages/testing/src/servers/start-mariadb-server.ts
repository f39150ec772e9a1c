import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { databaseAnswers } from './answers.ts';
import type { DatabaseServer } from './database-server.ts';
import { databaseArguments } from './database-server.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { createPrivateFolder } from './private-folder.ts';
import { startServerProcess } from './start-server-process.ts';

/** A private MariaDB without a password, on a free port of loopback; everything in it is thrown away on `close()`. */
export async function startMariadbServer(): Promise<DatabaseServer> {
  const program = findProgram('mariadbd');
  const installer = findProgram('mariadb-install-db');
  if (!program || !installer) throw new Error('No mariadbd found (Debian: apt-get install mariadb-server)');
  const address = { host: '127.0.0.1', port: await freePort() };
  const folder = createPrivateFolder('mariadb');
  const data = join(folder.path, 'data');
  // MariaDB refuses to run as root unless told so by name.
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  const setUp = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'];
  await promisify(execFile)(installer, [...setUp, ...user]);
  const args = [...databaseArguments(address, data, join(folder.path, 's')), ...user];
  const server = await startServerProcess({ program, args, folder, answers: () => databaseAnswers(address) });
  return {
    kind: 'mariadb',
    url: `mysql://root@${address.host}:${address.port}`,
    close: async () => {
      await server.end('SIGKILL'); // nothing in it is worth an orderly shutdown
      folder.remove();
    },
  };
}
