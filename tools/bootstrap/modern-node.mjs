import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { runNpm } from './run-npm.mjs';

const wanted = '24';
// Of this user, not of this clone: the next clone need not fetch it again.
const remembered = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tenantry', `node-${wanted}`);

/** MikroORM and Vitest need 22.17, running TypeScript without a flag 22.18. */
export function isModernNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major >= 24 || (major === 22 && minor >= 18);
}

/** Starts the same command again under a newer Node, and ends as that one ends. */
export async function runUnderModernNode(args) {
  const node = await modernNodePath();
  // On PATH, too: npm run under an old Node would resolve to older versions that still support it.
  const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH };
  // Should we be killed outright, it ends, too.
  const withUs = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL'] : [];
  const [command, ...rest] = [...withUs, node, ...args];
  const child = spawn(command, rest, { stdio: 'inherit', env });
  // A terminal sends its Ctrl-C to the child as well; a supervisor signals only us.
  const forward = signal => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

async function modernNodePath() {
  if (existsSync(remembered)) {
    const path = readFileSync(remembered, 'utf8');
    if (existsSync(path)) return path;
  }
  const what = `Node ${process.versions.node} is too old for the tools: fetching Node ${wanted} with npm`;
  const exec = ['exec', '--yes', '--prefer-offline', '--loglevel=error', `--package=node@${wanted}`];
  const printed = await runNpm(what, [...exec, '--', 'node', '-p', 'process.execPath']);
  const path = printed.trim().split('\n').pop();
  try {
    mkdirSync(dirname(remembered), { recursive: true });
    writeFileSync(remembered, path);
  } catch {} // a home that may not be written costs the next run a few seconds
  return path;
}
