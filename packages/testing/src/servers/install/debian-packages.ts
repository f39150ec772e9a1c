import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { runToEnd } from '../process/run-to-end.ts';
import { findProgram } from './find-program.ts';
import { oneAtATime } from './one-at-a-time.ts';

const START_POLICY = '/usr/sbin/policy-rc.d';
const START_NOTHING = '#!/bin/sh\n# Of a Tenantry installation, which removes it at its end\nexit 101\n';

export function canInstallDebianPackages(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findProgram('apt-get') !== undefined;
}

/**
 * Installs the programs without starting the services that come with them: we run our own, on ports of our own.
 * Another run may have done it while we waited: `isThere` tells.
 */
export async function installDebianPackages(names: readonly string[], isThere: () => unknown): Promise<void> {
  await oneAtATime('packages', async () => {
    if (!isThere()) await startingNothing(() => install(names));
  });
}

async function install(names: readonly string[]): Promise<void> {
  await apt('update').catch(() => {}); // an old list may do; if not, the install says so
  const installNow = (): Promise<unknown> => apt('install', '--yes', '--no-install-recommends', ...names);
  try {
    await installNow();
  } catch (error) {
    if (!/dpkg was interrupted/.test(String(error))) throw error;
    await runToEnd('dpkg', ['--configure', '-a'], { env: UNASKED, endWith: 'SIGTERM' });
    await installNow();
  }
}

const UNASKED = { DEBIAN_FRONTEND: 'noninteractive' };

function apt(...args: string[]): Promise<unknown> {
  return runToEnd('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], { env: UNASKED, endWith: 'SIGTERM' });
}

async function startingNothing(work: () => Promise<void>): Promise<void> {
  // Somebody else's policy stays; ours may be there from a run that was killed.
  const isOurs = !existsSync(START_POLICY) || readFileSync(START_POLICY, 'utf8') === START_NOTHING;
  if (!isOurs) return work();
  const allow = (): void => rmSync(START_POLICY, { force: true });
  writeFileSync(START_POLICY, START_NOTHING, { mode: 0o755 });
  process.once('exit', allow);
  try {
    await work();
  } finally {
    process.removeListener('exit', allow);
    allow();
  }
}
