import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseVersion } from './answers.ts';
import { databaseArguments, type RestartableServer, runAsRoot } from './database-server.ts';
import { freePort } from './free-port.ts';
import { ensureProgram } from './install/ensure-program.ts';
import { createPrivateFolder } from './process/private-folder.ts';
import { runToEnd } from './process/run-to-end.ts';
import { startServerProcess } from './process/start-server-process.ts';

// Without the package that brings the system's service.
const debian = ['mariadb-server-core', 'mariadb-client-core'];

/**
 * A private MariaDB without a password, on a free port of loopback; everything in it is thrown away on `close()`.
 * `more` are further arguments for it.
 */
export async function startMariadbServer(
  onProgress?: (line: string) => void,
  more: readonly string[] = [],
): Promise<RestartableServer> {
  const program = await ensureProgram({ names: ['mariadbd'], debian, brew: 'mariadb' }, onProgress);
  const installer = await ensureProgram({ names: ['mariadb-install-db'], debian, brew: 'mariadb' }, onProgress);
  const folder = createPrivateFolder('mariadb');
  const data = join(folder.path, 'data');
  // In /tmp, a starting MariaDB removes the temporary tables of every other one.
  const tmpdir = join(folder.path, 'tmp');
  await mkdir(tmpdir);
  // The server drops root's rights before it writes there.
  await chmod(tmpdir, 0o1777);
  const noPassword = ['--auth-root-authentication-method=normal', '--skip-test-db'];
  await runToEnd(installer, [
    '--no-defaults',
    `--datadir=${data}`,
    `--tmpdir=${tmpdir}`,
    ...noPassword,
    ...runAsRoot(),
  ]);

  const address = { host: '127.0.0.1', port: await freePort() };
  const args = [...databaseArguments(address, data), `--tmpdir=${tmpdir}`, ...more];
  const start = () => startServerProcess({ program, args, folder, answers: () => databaseVersion(address) });
  let server = await start();
  return {
    kind: 'mariadb',
    url: `mysql://root@${address.host}:${address.port}`,
    restart: async () => {
      await server.end('SIGKILL');
      server = await start();
    },
    close: async () => {
      await server.end('SIGKILL'); // nothing in it is worth an orderly shutdown
      folder.remove();
    },
  };
}
