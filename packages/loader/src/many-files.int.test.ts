import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWith } from './folder/folder.fixture.ts';
import { freshName, load, storedIn, system, useSystem, versionsInAll } from './loader.fixture.ts';

useSystem();

const CONFIGS = 250;
const SCOPES = 20;

it('five thousand files are a transaction for each scope, and nothing the next time', async () => {
  const name = freshName();
  const configs = ['limits', 'ui%2Fmode', 'range', 'later'];
  const scopes = Array.from({ length: (SCOPES * CONFIGS) / configs.length }, (_, i) => `big-${i}`);
  const value = { limits: 'max: 5', 'ui%2Fmode': 'dark', range: 'min: 1', later: '5' } as Record<string, string>;
  const files = scopes.flatMap(scope =>
    configs.map(config => [`tenants/${scope}/${config}.yaml`, value[config] as string]),
  );
  const dir = await folderWith(Object.fromEntries(files));
  const report = await load(dir, { name, transactions: 8 });
  expect(report.problems).toEqual([]);
  expect([report.files, report.counts.create, report.transactions]).toEqual([5_000, 5_000, scopes.length]);
  expect(await storedIn('tenants/big-1249')).toMatchObject({ limits: [1, { max: 5 }], 'ui/mode': [1, 'dark'] });
  expect(await system.feed('big-7')).toHaveLength(1);
  const before = await versionsInAll();
  expect((await load(dir, { name })).counts.same).toBe(5_000);
  await writeFile(join(dir, 'tenants/big-8/limits.yaml'), 'max: 6');
  expect((await load(dir, { name })).counts).toMatchObject({ same: 4_999, update: 1 });
  expect(await versionsInAll()).toBe(before + 1);
});
