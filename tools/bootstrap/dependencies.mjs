import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Installs what the lock file says, unless exactly that is there already. */
export function ensureDependencies() {
  if (isInstalled()) return;
  process.stderr.write('Installing dependencies\n');
  // The lock file knows the native builds for glibc Linux only; elsewhere npm has to look for the right ones.
  const args = isGlibcLinux() ? ['ci'] : ['install', '--no-package-lock'];
  const { status } = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    // npm would take a variable of the npm that runs us for its own settings.
    env: { ...process.env, npm_config_omit: '' },
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
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

function isGlibcLinux() {
  return process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime !== undefined;
}
