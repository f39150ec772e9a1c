import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { explainFailure } from '../process/explain-failure.ts';
import { runToEnd } from '../process/run-to-end.ts';
import { canInstallDebianPackages } from './debian-packages.ts';
import { ensureProgram } from './ensure-program.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { withProgress } from './with-progress.ts';

const CACHE = '/var/cache/tenantry';

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
  const root = join(CACHE, name);
  if (existsSync(root)) return root;
  if (!canInstallDebianPackages()) {
    throw new Error(
      `No such server found (${name}): start Docker, or install it, or run as root on Debian, where it can be fetched.`,
    );
  }
  const wanted = { names: ['debootstrap'], debian: ['debootstrap'], brew: '' };
  const debootstrap = await ensureProgram(wanted, onProgress);
  const what = `fetching ${TREES[name].join(' and ')} into a tree of its own; about half a minute, once`;
  const fetch = (): Promise<void> => fetchTree(name, root, debootstrap);
  await withProgress(what, onProgress, () => oneAtATime('trees', fetch));
  return root;
}

async function fetchTree(name: keyof typeof TREES, root: string, debootstrap: string): Promise<void> {
  if (existsSync(root)) return; // another run fetched it while we waited
  mkdirSync(CACHE, { recursive: true, mode: 0o755 });
  await removeUnfinished();
  const unfinished = join(CACHE, `${name}.${process.pid}`);
  const args = ['--variant=minbase', `--include=${TREES[name].join(',')}`, 'sid', unfinished];
  try {
    await runToEnd(debootstrap, args, { endWith: 'SIGTERM' });
  } catch (error) {
    const log = lastLines(join(unfinished, 'debootstrap/debootstrap.log'));
    await removeUnfinished().catch(() => {});
    throw new Error([explainFailure(log), String(error), log].filter(Boolean).join('\n'), { cause: error });
  }
  renameSync(unfinished, root); // only a finished tree gets the name
}

/**
 * How to run a program of such a tree without changing into it, which only root may: by the tree's own loader, with
 * the tree's own libraries. Paths in its arguments are this machine's.
 */
export function programOfTree(root: string, program: string): readonly string[] {
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const loader = process.arch === 'arm64' ? 'lib/ld-linux-aarch64.so.1' : 'lib64/ld-linux-x86-64.so.2';
  const libraries = [`usr/lib/${triplet}`, `lib/${triplet}`].map(path => join(root, path)).join(':');
  const path = ['usr/sbin', 'usr/bin'].map(folder => join(root, folder, program)).find(each => existsSync(each));
  return [join(root, loader), '--library-path', libraries, path ?? join(root, 'usr/bin', program)];
}

/** Only under the lock: whoever has an unfinished tree then is us, or gone. */
async function removeUnfinished(): Promise<void> {
  for (const name of readdirSync(CACHE).filter(each => /^[a-z]+\.\d+$/.test(each))) {
    const path = join(CACHE, name);
    // An interrupted debootstrap may leave its /proc and /sys mounted in there: the innermost goes first.
    for (const mount of mountsBelow(path).reverse()) await runToEnd('umount', [mount]);
    rmSync(path, { recursive: true, force: true });
  }
}

function lastLines(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').slice(-8).join('\n') : '';
}

function mountsBelow(path: string): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  return mounts.map(line => line.split(' ')[1] ?? '').filter(mount => mount.startsWith(`${path}/`));
}
