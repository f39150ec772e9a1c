import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Installs what the lock file says, unless exactly that is there already. */
export function ensureDependencies() {
  if (isInstalled()) return;
  process.stderr.write('Installing dependencies\n');
  // Not `npm ci`: it insists on a lock file with the native builds of every platform, and ours was written where only
  // some can be seen. This keeps to the locked versions, too, adds this platform's builds, and leaves the file alone.
  const { status } = spawnSync(
    'npm',
    ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    },
  );
  if (status !== 0) process.exit(status ?? 1);
}

function isInstalled() {
  const installed = `${root}node_modules/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const there = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (!path.startsWith('node_modules/')) return true;
    return link ? existsSync(root + path) : there[path] ? there[path].version === version : optional === true;
  });
}
