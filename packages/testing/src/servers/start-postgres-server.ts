import { chownSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { DatabaseServer } from './database-server.ts';
import { freePort } from './free-port.ts';
import { ensureProgram } from './install/ensure-program.ts';
import { findProgram } from './install/find-program.ts';
import { foldersRoot } from './process/folders-root.ts';
import { createPrivateFolder } from './process/private-folder.ts';
import { runToEnd } from './process/run-to-end.ts';
import { startServerProcess } from './process/start-server-process.ts';

/** A private PostgreSQL without a password, on a free port of loopback; everything in it is thrown away on `close()`. */
export async function startPostgresServer(onProgress?: (line: string) => void): Promise<DatabaseServer> {
  const programs = await postgresPrograms(onProgress);
  const folder = createPrivateFolder('postgres');
  // Not below the private folder: there only we may go, and as root we must let somebody else run it.
  const data = mkdtempSync(join(dirname(foldersRoot()), 'tenantry-postgres-'));
  folder.note({ folder: data });
  const user = unprivilegedUser();
  if (user) chownSync(data, user.uid, user.gid);
  const [asUser = '', ...before] = [...(user?.before ?? []), join(programs, 'initdb')];
  await runToEnd(asUser, [
    ...before,
    '--pgdata',
    data,
    '--username=root',
    '--auth=trust',
    '--encoding=UTF8',
    '--no-sync',
  ]);

  const address = { host: '127.0.0.1', port: await freePort() };
  const url = `postgresql://root@${address.host}:${address.port}/postgres`;
  const settings = { ...RELAXED, listen_addresses: address.host, port: address.port, unix_socket_directories: '' };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [program = '', ...args] = [...(user?.before ?? []), join(programs, 'postgres'), '-D', data, ...options];
  const server = await startServerProcess({ program, args, folder, answers: () => postgresVersion(url) });
  return {
    kind: 'postgresql',
    url,
    close: async () => {
      // Its fast way out; a SIGKILL would leave shared memory behind.
      process.kill(server.pid, 'SIGINT');
      await server.end('SIGTERM');
      folder.remove();
    },
  };
}

// The data is thrown away anyway.
const RELAXED = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: 300 };

/** Something once it serves. */
export async function postgresVersion(url: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The folder with its programs: Debian keeps them off the PATH, one folder for each version. */
async function postgresPrograms(onProgress?: (line: string) => void): Promise<string> {
  const known = newestOfDebian();
  if (known) return known;
  const server = findProgram('initdb');
  if (server) return dirname(server);
  await ensureProgram({ names: ['psql'], debian: ['postgresql'], brew: 'postgresql' }, onProgress);
  const installed = newestOfDebian();
  if (!installed) throw new Error('PostgreSQL is installed, but its programs are not where they are expected.');
  return installed;
}

function newestOfDebian(): string | undefined {
  const root = '/usr/lib/postgresql';
  try {
    const [newest] = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    const folder = join(root, newest ?? '', 'bin');
    return readdirSync(folder).includes('initdb') ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** PostgreSQL refuses to run as root. Undefined where we are not root. */
function unprivilegedUser(): { uid: number; gid: number; before: readonly string[] } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const entry = users.find(line => line.startsWith('postgres:')) ?? users.find(line => line.startsWith('nobody:'));
  const [, , uid = '65534', gid = '65534'] = entry?.split(':') ?? [];
  // Once more told to end with us: a change of user forgets it.
  const before = ['/usr/bin/setpriv', '--reuid', uid, '--regid', gid, '--clear-groups', '--pdeathsig', 'KILL'];
  return { uid: Number(uid), gid: Number(gid), before };
}
