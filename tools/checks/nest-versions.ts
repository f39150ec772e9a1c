import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshPrefix } from '../../packages/testing/src/fresh-prefix.ts';
import { startRedisServer } from '../../packages/testing/src/servers/start-redis-server.ts';
import { root, runCommand } from '../command.ts';
import { writeGuideFiles } from '../nestjs-guide/guide-files.ts';
import type { Check, Outcome } from './check.ts';

interface NestRow {
  readonly nest: string;
  /** Of the application. NestJS 11 has CommonJS only, and is what most applications compile to. */
  readonly type: 'commonjs' | 'module';
  readonly typescript: string;
  readonly settings: object;
}

const NODE16 = { module: 'node16', moduleResolution: 'node16' };

// The lowest version and the newest of each major, as applications compile for it.
const ROWS: readonly NestRow[] = [
  { nest: '11.0.1', type: 'commonjs', typescript: '5.9.3', settings: { module: 'commonjs' } },
  { nest: '11.2.10', type: 'commonjs', typescript: '5.9.3', settings: NODE16 },
  { nest: '12.0.1', type: 'module', typescript: '5.9.3', settings: { module: 'nodenext' } },
  { nest: '12.5.1', type: 'module', typescript: '6.0.3', settings: { module: 'nodenext' } },
];

/** The packed packages, with which the application of docs/guides/nestjs.md is compiled and run on versions of NestJS. */
export const nestVersions: readonly Check[] = ROWS.map(row => ({
  name: `versions: NestJS ${row.nest}, ${row.type}, ${JSON.stringify(row.settings)}`,
  optIn: true,
  run: async () => {
    const project = mkdtempSync(join(tmpdir(), 'tenantry-nestjs-'));
    try {
      await using redis = await startRedisServer();
      return await tryRow(row, project, redis.url);
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
  },
}));

async function tryRow({ nest, type, typescript, settings }: NestRow, project: string, url: string): Promise<Outcome> {
  writeGuideFiles(project, type, settings);
  copyFileSync(join(root, 'tools/nestjs-guide/program.mjs'), join(project, 'program.mjs'));
  const problem = await install(project, nest, typescript);
  if (problem !== undefined) return { passed: 0, failed: 1, output: problem };
  const compiled = await runCommand('node', ['node_modules/typescript/bin/tsc', '-p', '.'], { cwd: project });
  if (compiled.code !== 0) return { passed: 0, failed: 1, output: compiled.output };
  const { prefix } = freshPrefix(url);
  const env = { REDIS_URL: url, PREFIX: prefix, OUT: join(project, 'out') };
  const { code, output } = await runCommand('node', ['program.mjs'], { cwd: project, env });
  const isRight = code === 0 && /^done$/m.test(output);
  return { passed: isRight ? 1 : 0, failed: isRight ? 0 : 1, output };
}

/** What went wrong. `npm` refuses what is outside the ranges of the packages. */
async function install(project: string, nest: string, typescript: string): Promise<string | undefined> {
  const versionOf = (name: string): string =>
    JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
  const dependencies: Record<string, string> = { typescript };
  for (const name of ['common', 'core', 'platform-express']) dependencies[`@nestjs/${name}`] = nest;
  for (const name of ['@types/node', 'ioredis', 'reflect-metadata', 'rxjs', 'zod'])
    dependencies[name] = versionOf(name);
  for (const name of ['protocol', 'redis', 'sdk', 'nestjs']) {
    const args = ['pack', '--silent', '--pack-destination', project];
    const packed = await runCommand('npm', args, { cwd: join(root, 'packages', name) });
    if (packed.code !== 0) return packed.output;
    dependencies[`@tenantry/${name}`] = `file:${packed.output.trim().split('\n').at(-1)}`;
  }
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, dependencies }));
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await runCommand('npm', args, { cwd: project });
  return code === 0 ? undefined : output;
}
