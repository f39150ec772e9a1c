import { defineConfig } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkFolder } from '../check-folder.ts';
import { folderWith } from '../folder/folder.fixture.ts';

const range = defineConfig({
  name: 'range',
  schema: z
    .object({ min: z.number(), max: z.number(), key: z.string().optional() })
    .refine(({ min, max }) => min <= max, 'min > max'),
  default: { min: 0, max: 100 },
  inherit: 'merge',
});
const limit = defineConfig({ name: 'limit', schema: z.number().max(10), inherit: 'replace' });
const open = defineConfig({ name: 'open', schema: z.object({ a: z.number(), b: z.number() }), inherit: 'merge' });
const DEFINITIONS = [range, limit, open];

async function check(files: Record<string, string>) {
  const { documents, problems } = await checkFolder(await folderWith(files), DEFINITIONS);
  return {
    documents: documents.map(({ scope, config }) => `${scope} ${config}`),
    problems: problems.map(({ path, line, column, code }) => `${path}:${line}:${column} ${code}`),
    messages: problems.map(({ message }) => message),
  };
}

it('a value that is good by itself, and not with what its scope inherits, is a problem with its place', async () => {
  const { documents, problems, messages } = await check({
    'global/range.yaml': 'max: 50\n',
    'groups/eu/range.yaml': 'min: 40\n',
    'tenants/acme/@groups.yaml': '[eu]\n',
    'tenants/acme/range.yaml': '# low\nmax: 30\n',
    'tenants/zoo/range.yaml': 'max: 30\n',
  });
  expect(problems).toEqual(['tenants/acme/range.yaml:2:1 INVALID_VALUE']);
  expect(messages).toEqual(['tenants/acme with what it gets of groups/eu, global: min > max']);
  expect(documents).toEqual(['global range', 'groups/eu range', 'tenants/acme @groups', 'tenants/zoo range']);
});

it('what is wrong for everybody is told of once, and a mixture of groups where it is made', async () => {
  const { problems } = await check({
    'global/range.yaml': 'min: 200\n',
    'tenants/acme/@groups.yaml': '[]\n',
    'tenants/zoo/limit.yaml': '5\n',
  });
  expect(problems).toEqual(['global/range.yaml:1:1 INVALID_VALUE']);
  const mixed = await check({
    'groups/high/range.yaml': 'min: 60\n',
    'groups/low/range.yaml': 'max: 40\n',
    'tenants/acme/@groups.yaml': '[high, low]\n',
    'tenants/beta/@groups.yaml': '[high, low]\n',
  });
  expect(mixed.problems).toEqual(['tenants/acme/@groups.yaml:1:1 INVALID_VALUE']);
});

it('a part that is missing in every scope is a problem of the scope that has the rest', async () => {
  const { problems, messages } = await check({ 'global/open.yaml': 'a: 1\n', 'tenants/acme/open.yaml': 'b: x\n' });
  expect(problems).toEqual(['global/open.yaml:1:1 INVALID_VALUE', 'tenants/acme/open.yaml:1:1 INVALID_VALUE']);
  expect(messages[1]).toContain('tenants/acme with what it gets of global: b: ');
});

it('groups that lead to themselves are a problem, and nothing is said of what they give', async () => {
  const { problems } = await check({
    'groups/a/@groups.yaml': '[b]\n',
    'groups/a/range.yaml': 'min: 1\n',
    'groups/b/@groups.yaml': '[a]\n',
    'groups/b/range.yaml': 'max: 0\n',
  });
  expect(problems).toEqual(['groups/a/@groups.yaml:1:1 GROUP_CYCLE', 'groups/b/@groups.yaml:1:1 GROUP_CYCLE']);
});

it.each<[string, Record<string, string>, string[]]>([
  ['in a group without a folder', { 'tenants/acme/@groups.yaml': '[eu]\n' }, []],
  ['with a file that has a problem', { 'global/range.yaml': 'max: [\n' }, ['global/range.yaml']],
  [
    'with several configs in a file that has a problem',
    { 'global/@configs.yaml': 'range: [\n' },
    ['global/@configs.yaml'],
  ],
])('a scope %s is left to the store', async (_, files, paths) => {
  const { problems } = await check({ ...files, 'tenants/acme/range.yaml': 'min: 200\n' });
  expect(problems.map(problem => problem.split(':')[0])).toEqual(paths);
});
