import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { canInstallDebianPackages } from './debian-packages.ts';
import { ensureProgram } from './ensure-program.ts';
import { runToEnd } from './run-to-end.ts';

const cache = '/var/cache/tenantry';

/** What is fetched into which tree. A tree is kept under its name: give it another one when its packages change. */
const TREES = Object.freeze({
  mysql: ['mysql-server-core', 'mysql-client-core'],
  redis: ['redis-server', 'valkey-server'],
});

/**
 * The path of a small Debian tree with newer servers than this machine's release has: those of `sid`. In a tree of its
 * own they cannot upset this machine. Takes about half a minute and some hundred MB once, and is kept.
 */
export async function ensureDebianTree(name: keyof typeof TREES, onProgress?: (line: string) => void): Promise<string> {
  const root = join(cache, name);
  if (existsSync(root)) return root;
  if (!canInstallDebianPackages()) {
    throw new Error(
      `No such server found (${name}): start Docker, or install it, or run as root on Debian, where it can be fetched.`,
    );
  }
  const wanted = { names: ['debootstrap'], debian: ['debootstrap'], brew: '' };
  const debootstrap = await ensureProgram(wanted, onProgress);
  onProgress?.(`fetching ${TREES[name].join(' and ')} into a tree of its own; about half a minute, once`);
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  removeUnfinished();
  const unfinished = join(cache, `${name}.${process.pid}`);
  const args = ['--variant=minbase', `--include=${TREES[name].join(',')}`, 'sid', unfinished];
  await runToEnd(debootstrap, args, { endWith: 'SIGTERM' });
  mkdirSync(join(unfinished, 'var/lib/tenantry'), { recursive: true });
  // Only a finished tree gets the name; should somebody have been faster, theirs is as good.
  if (existsSync(root)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, root);
  return root;
}

/**
 * How to run a program of such a tree without changing into it, which only root may: by the tree's own loader, with
 * the tree's own libraries. Paths in its arguments are this machine's.
 */
export function programOfTree(root: string, program: string): readonly string[] {
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const loader = process.arch === 'arm64' ? 'lib/ld-linux-aarch64.so.1' : 'lib64/ld-linux-x86-64.so.2';
  const libraries = [`usr/lib/${triplet}`, `lib/${triplet}`].map(path => join(root, path)).join(':');
  return [join(root, loader), '--library-path', libraries, join(root, 'usr/bin', program)];
}

function removeUnfinished(): void {
  const mounts = existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8') : '';
  for (const name of readdirSync(cache)) {
    const pid = /^[a-z]+\.(\d+)$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    // An interrupted debootstrap may leave /proc mounted in there, and that is not ours to delete.
    if (!mounts.includes(join(cache, name))) rmSync(join(cache, name), { recursive: true, force: true });
  }
}
