import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { startServices } from '../../packages/testing/src/servers/start-services.ts';
import { root, runCommand } from '../command.ts';
import { readReport } from '../vitest/read-report.ts';
import { type Check, type Outcome, skipped } from './check.ts';

/** The oldest that the packages take, and the newest of the older major: `npm test` runs on the newer one. */
const VERSIONS = ['5.6.0', '5.11.1'];

/** What builds and checks, and what no test below imports. */
const NOT_NEEDED = ['@biomejs/biome', 'nx', 'oxc-parser', 'rolldown', 'typescript'];

/** Options and ends of connections, and a Cluster with a password. */
const FILES = [
  'tools/redis-options',
  'packages/redis/src/connection',
  'packages/redis/src/feed/cluster',
  'packages/worker-source/src',
  'packages/worker/src/cluster',
];

/** The tests of connections, from a copy of the sources with an older ioredis: what they rest on differs in each. */
export const olderIoredis: readonly Check[] = VERSIONS.map(version => ({
  name: `versions: connections, ioredis ${version}`,
  optIn: true,
  run: async () => {
    const copy = mkdtempSync(join(tmpdir(), 'tenantry-ioredis-'));
    try {
      await using services = await startServices({ onProgress: line => console.log(`  … ${line}`) });
      if (services.databaseUrl.startsWith('postgres')) return skipped('the tables are for MySQL and MariaDB');
      copySources(copy, version);
      const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
      const installed = await runCommand('npm', install, { cwd: copy });
      if (installed.code !== 0) return { passed: 0, failed: 1, output: installed.output };
      return await runTests(copy, {
        TENANTRY_TEST_DATABASE_URL: services.databaseUrl,
        TENANTRY_TEST_REDIS_URL: services.redisUrl,
      });
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  },
}));

function copySources(copy: string, version: string): void {
  const files = ['vitest.config.ts', 'tsconfig.json', 'tsconfig.base.json', 'tsconfig.tests.json'];
  for (const each of ['packages', 'apps', 'tools', ...files])
    cpSync(join(root, each), join(copy, each), {
      recursive: true,
      filter: from => !['node_modules', 'dist'].includes(basename(from)),
    });
  for (const path of ['package.json', 'packages/testing/package.json']) {
    const manifest = JSON.parse(readFileSync(join(root, path), 'utf8'));
    if (manifest.workspaces) manifest.workspaces = ['packages/*'];
    for (const list of [manifest.dependencies, manifest.devDependencies]) {
      if (list?.ioredis) list.ioredis = version;
      for (const name of NOT_NEEDED) delete list?.[name];
    }
    writeFileSync(join(copy, path), JSON.stringify(manifest));
  }
}

async function runTests(copy: string, env: Record<string, string>): Promise<Outcome> {
  const path = join(copy, '.tenantry/report.json');
  mkdirSync(join(copy, '.tenantry'));
  // Its own vitest: two of them would not know of each other.
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project=unit', '--project=integration', '--project=alone'];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const { code, output } = await runCommand('node', [...args, ...reporters, ...FILES], { cwd: copy, env });
  const states = readReport(path)?.tests.map(({ state }) => state) ?? [];
  const failed = states.filter(state => state === 'failed').length;
  return {
    passed: states.filter(state => state === 'passed').length,
    // A file that does not load fails the run without failing a test.
    failed: code !== 0 ? Math.max(failed, 1) : failed,
    output,
  };
}
