import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startServices } from '../../packages/testing/src/servers/start-services.ts';
import { root, runCommand } from '../command.ts';
import { type Check, type Outcome, skipped } from './check.ts';
import { nestVersions } from './nest-versions.ts';
import { olderIoredis } from './older-ioredis.ts';

interface VersionRow {
  /** Of `@mikro-orm/mysql`, and of everything of MikroORM's but where `core` says otherwise. */
  readonly orm: string;
  /** Where the registry has newer parts of the ORM than drivers. */
  readonly core?: string;
  readonly ioredis: string;
  readonly bullmq: string;
  readonly rxjs: string;
  /** MikroORM creates triggers since 7.1. */
  readonly triggers: boolean;
  /** With OpenTelemetry's instrumentations, of which the program demands that they record no value. */
  readonly traced?: boolean;
}

// The lowest of each, the newest of each minor, and both ioredis with the newest.
const ROWS: readonly VersionRow[] = [
  { orm: '7.0.10', core: '7.0.0', ioredis: '5.6.0', bullmq: '6.0.0', rxjs: '7.8.0', triggers: false },
  { orm: '7.0.17', ioredis: '6.0.0', bullmq: '6.7.0', rxjs: '7.8.2', triggers: false },
  { orm: '7.1.13', ioredis: '5.11.1', bullmq: '6.7.0', rxjs: '7.8.2', triggers: true },
  { orm: '7.2.1', ioredis: '5.11.1', bullmq: '6.7.0', rxjs: '7.8.2', triggers: true, traced: true },
  { orm: '7.2.1', core: '7.2.5', ioredis: '6.0.0', bullmq: '6.7.0', rxjs: '7.8.2', triggers: true, traced: true },
];

/** The packed packages with other versions of what they rest on: a small application, whole, with hooks and with triggers. */
const packed: readonly Check[] = ROWS.map(row => {
  const { orm, core = orm, ioredis, bullmq } = row;
  return {
    name: `versions: MikroORM ${core}, ioredis ${ioredis}, BullMQ ${bullmq}`,
    optIn: true,
    run: async () => {
      const project = mkdtempSync(join(tmpdir(), 'tenantry-versions-'));
      try {
        await using services = await startServices({ onProgress: line => console.log(`  … ${line}`) });
        if (services.databaseUrl.startsWith('postgres')) return skipped('the program is for MySQL and MariaDB');
        return await tryRow(row, project, services);
      } finally {
        rmSync(project, { recursive: true, force: true });
      }
    },
  };
});

export const versionChecks: readonly Check[] = [...packed, ...nestVersions, ...olderIoredis];

const INSTRUMENTATION = {
  '@opentelemetry/api': '1.10.0',
  '@opentelemetry/instrumentation': '0.301.1',
  '@opentelemetry/instrumentation-ioredis': '0.72.0',
  '@opentelemetry/instrumentation-mysql2': '0.70.0',
  '@opentelemetry/sdk-trace': '3.1.1',
};

interface Urls {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

async function tryRow(row: VersionRow, project: string, urls: Urls): Promise<Outcome> {
  const problem = await install(row, project);
  if (problem !== undefined) return { passed: 0, failed: 1, output: problem };
  for (const file of ['program.mjs', 'trace.cjs'])
    copyFileSync(join(root, 'tools/versions', file), join(project, file));
  const args = row.traced ? ['--require', './trace.cjs', 'program.mjs'] : ['program.mjs'];
  const outputs: string[] = [];
  for (const capture of ['hooks', 'trigger'] as const) {
    const name = `tenantry_versions_${capture}_${process.pid}_${Date.now().toString(36)}`;
    const database = new URL(urls.databaseUrl);
    database.pathname = `/${name}`;
    const env = { DATABASE_URL: database.href, REDIS_URL: urls.redisUrl, PREFIX: name, CAPTURE: capture };
    const { code, output } = await runCommand('node', args, { cwd: project, env });
    const refused = capture === 'trigger' && !row.triggers;
    const isRight = refused
      ? /INVALID_OPTION/.test(output) && /7\.1 or newer/.test(output)
      : code === 0 && /^done$/m.test(output);
    if (!isRight) outputs.push(`${capture}: exit code ${code}\n${output}`);
  }
  return { passed: 2 - outputs.length, failed: outputs.length, output: outputs.join('\n') };
}

/** What went wrong. `npm` refuses what is outside the ranges of the packages. */
async function install(
  { orm, core = orm, ioredis, bullmq, rxjs, traced }: VersionRow,
  project: string,
): Promise<string | undefined> {
  const dependencies: Record<string, string> = { '@mikro-orm/core': core, '@mikro-orm/mysql': orm, ioredis, rxjs };
  if (traced) Object.assign(dependencies, INSTRUMENTATION);
  for (const path of globSync('packages/*/package.json', { cwd: root })) {
    const { name, private: isPrivate } = JSON.parse(readFileSync(join(root, path), 'utf8'));
    // That one rests on others, and has rows of its own.
    if (isPrivate || name === '@tenantry/nestjs') continue;
    const args = ['pack', '--silent', '--pack-destination', project];
    const packed = await runCommand('npm', args, { cwd: dirname(join(root, path)) });
    if (packed.code !== 0) return packed.output;
    dependencies[name] = `file:${packed.output.trim().split('\n').at(-1)}`;
  }
  const overrides = { bullmq, ...(core === orm ? {} : { '@mikro-orm/core': core, '@mikro-orm/sql': core }) };
  mkdirSync(project, { recursive: true });
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies, overrides }),
  );
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await runCommand('npm', args, { cwd: project });
  return code === 0 ? undefined : output;
}
