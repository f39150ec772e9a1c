import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runNpm } from './run-npm.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Installs what the lock file says, unless exactly that is there already. */
export async function ensureDependencies() {
  if (isInstalled()) return;
  const args = ['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await runNpm('Installing dependencies', args, root);
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
