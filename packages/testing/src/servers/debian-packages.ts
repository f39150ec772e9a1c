import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findProgram } from './find-program.ts';
import { runToEnd } from './run-to-end.ts';

const startPolicy = '/usr/sbin/policy-rc.d';

export function canInstallDebianPackages(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findProgram('apt-get') !== undefined;
}

/** Installs the programs without starting the services that come with them: we run our own, on ports of our own. */
export async function installDebianPackages(names: readonly string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]): Promise<unknown> =>
    runToEnd('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], { env, endWith: 'SIGTERM' });
  const forbid = !existsSync(startPolicy);
  if (forbid) writeFileSync(startPolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await apt('update').catch(() => {}); // an old list may do; if not, the install says so
    await apt('install', '--yes', '--no-install-recommends', ...names);
  } finally {
    if (forbid) rmSync(startPolicy, { force: true });
  }
}
