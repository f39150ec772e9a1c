import { defineConfig } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { folderWith } from '../folder/folder.fixture.ts';
import { scanFolder } from '../folder/scan-folder.ts';
import { checkDocuments } from './check-documents.ts';
import { findWarnings } from './find-warnings.ts';

const MANY = 5_000;
const lines = (line: (i: number) => string) => Array.from({ length: MANY }, (_, i) => line(i)).join('\n');
const list = defineConfig({ name: 'list', schema: z.array(z.number()), inherit: 'replace' });
const limits = defineConfig({ name: 'limits', schema: z.object({ max: z.number() }), inherit: 'replace' });

it('of a file with a fault in each of its thousands of lines a hundred are told, and how many more there are', async () => {
  const dir = await folderWith({
    'global/list.yaml': lines(() => '- x'),
    'global/limits.yaml': `max: 1\n${lines(i => `more${i}: 1`)}`,
  });
  const scan = await scanFolder(dir);
  const { problems, documents } = checkDocuments(scan, [list, limits]);
  const warnings = findWarnings(documents, [list, limits]);
  expect(problems).toHaveLength(101);
  expect(problems[99]).toMatchObject({ path: 'global/list.yaml', line: 100, column: 3 });
  expect(problems[100]).toMatchObject({ line: 1, code: 'INVALID_VALUE', message: '"list": 4900 more of the kind' });
  expect(warnings).toHaveLength(101);
  expect(warnings[99]).toMatchObject({ line: 101, column: 1 });
  expect(warnings[100]?.message).toBe('warning: "limits": the schema does not name 4900 more fields');
});

it('a file of thousands of configs is not read again for each of them that is wrong', async () => {
  const names = Array.from({ length: MANY }, (_, i) => `c${i}`);
  const configs = names.map(name => defineConfig({ name, schema: z.object({ max: z.number() }), inherit: 'replace' }));
  const scan = await scanFolder(await folderWith({ 'global/@configs.yaml': lines(i => `c${i}:\n  max: x`) }));
  // Reading the text again for each would take longer than a test may.
  const { problems } = checkDocuments(scan, configs);
  expect(problems).toHaveLength(MANY);
  expect(problems[MANY - 1]).toMatchObject({ line: 2 * MANY, column: 3 });
});
