import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freshPrefix, spawnNode } from '@tenantry/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root, runCommand } from '../command.ts';
import { writeGuideFiles } from './guide-files.ts';

let folder: string;

beforeAll(() => {
  // Inside the workspace, so that imports are found as in an application that has installed the packages.
  mkdirSync(join(root, '.tenantry'), { recursive: true });
  folder = mkdtempSync(join(root, '.tenantry/nestjs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('runs the application of docs/guides/nestjs.md on NestJS 12, which ends as it should', async () => {
  // R23 (reader). Types are checked where the packages are packed: here there may be none yet.
  writeGuideFiles(folder, 'module', { module: 'nodenext', noCheck: true });
  const compiled = await runCommand('tsc', ['-p', '.'], { cwd: folder });
  expect(compiled.code, compiled.output).toBe(0);
  await using own = freshPrefix();
  const env = { REDIS_URL: own.redisUrl, PREFIX: own.prefix, OUT: join(folder, 'out') };
  await using program = spawnNode(new URL('program.mjs', import.meta.url), [], env);
  expect(await program.exit, program.lines.join('\n')).toBe(0);
  expect(program.lines).toContain('done');
});
