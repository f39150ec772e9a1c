import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const wanted = '24';
const remembered = fileURLToPath(new URL('../../.tenantry/node-path', import.meta.url));

/** MikroORM and Vitest need 22.17, running TypeScript without a flag 22.18. */
export function isModernNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major >= 24 || (major === 22 && minor >= 18);
}

/** Starts the same command again under a newer Node, and ends as that one ends. */
export function runUnderModernNode(args) {
  const node = modernNodePath();
  // On PATH, too: npm run under an old Node would resolve to older versions that still support it.
  const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH };
  const child = spawn(node, args, { stdio: 'inherit', env });
  // A terminal sends its Ctrl-C to the child as well; a supervisor signals only us.
  const forward = signal => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function modernNodePath() {
  if (existsSync(remembered)) {
    const path = readFileSync(remembered, 'utf8');
    if (existsSync(path)) return path;
  }
  process.stderr.write(`Node ${process.versions.node} is too old for the tools: fetching Node ${wanted} with npm\n`);
  const args = ['exec', '--yes', `--package=node@${wanted}`, '--', 'node', '-p', 'process.execPath'];
  const stdio = ['ignore', 'pipe', 'inherit'];
  const printed = execFileSync('npm', args, { encoding: 'utf8', stdio, shell: process.platform === 'win32' });
  const path = printed.trim().split('\n').pop();
  mkdirSync(dirname(remembered), { recursive: true });
  writeFileSync(remembered, path);
  return path;
}
