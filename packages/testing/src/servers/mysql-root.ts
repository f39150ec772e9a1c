import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { canInstallDebianPackages } from './debian-packages.ts';
import { ensureProgram } from './ensure-program.ts';
import { runToEnd } from './run-to-end.ts';

const cache = '/var/cache/tenantry';
const packages = ['mysql-server-core', 'mysql-client-core'];

/**
 * The path of a small Debian tree with MySQL in it. Debian's stable release has none, its `sid` has, and installed in a
 * tree of its own it cannot upset this machine. Takes half a minute and 650 MB once, and is kept.
 */
export async function ensureMysqlRoot(onProgress?: (line: string) => void): Promise<string> {
  const root = join(cache, 'mysql');
  if (existsSync(root)) return root;
  if (!canInstallDebianPackages()) {
    throw new Error(
      'No MySQL server found: start Docker, or install mysqld, or run as root on Debian, where it can be fetched.',
    );
  }
  const wanted = { names: ['debootstrap'], debian: ['debootstrap'], brew: '' };
  const debootstrap = await ensureProgram(wanted, onProgress);
  onProgress?.('fetching MySQL into a tree of its own; about half a minute, once');
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  removeUnfinished();
  const unfinished = join(cache, `mysql.${process.pid}`);
  const args = ['--variant=minbase', `--include=${packages.join(',')}`, 'sid', unfinished];
  await runToEnd(debootstrap, args, { endWith: 'SIGTERM' });
  mkdirSync(join(unfinished, 'var/lib/tenantry'), { recursive: true });
  // Only a finished tree gets the name; should somebody have been faster, theirs is as good.
  if (existsSync(root)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, root);
  return root;
}

function removeUnfinished(): void {
  const mounts = existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8') : '';
  for (const name of readdirSync(cache)) {
    const pid = /^mysql\.(\d+)$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    // An interrupted debootstrap may leave /proc mounted in there, and that is not ours to delete.
    if (!mounts.includes(join(cache, name))) rmSync(join(cache, name), { recursive: true, force: true });
  }
}
