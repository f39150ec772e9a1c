import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openSystem } from '../../mikro-orm/src/system.fixture.ts';
import { folderWith } from './folder/folder.fixture.ts';
import { loadOnce } from './load-once.ts';

const CONFIGS = 25;
const SCOPES = 200;

it('five thousand files are a transaction for each scope, and nothing the next time', async () => {
  const configs = Array.from({ length: CONFIGS }, (_, i) =>
    defineConfig({ name: `config-${i}`, schema: z.object({ max: z.number() }), databaseTimeout: '60s' }),
  );
  await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs } });
  const every = Array.from({ length: SCOPES }, (_, t) =>
    configs.map(({ name }) => `tenants/t${t}/${name}.yaml`),
  ).flat();
  expect(every).toHaveLength(5_000);
  const dir = await folderWith(Object.fromEntries(every.map(path => [path, 'max: 5'])));
  const load = () => loadOnce({ orm: system.orm as never, dir, settleMs: 0 });
  const versions = async () =>
    Number((await system.sql<{ n: number }>('select count(*) as n from tenantry_config_revision'))[0]?.n);
  const report = await load();
  expect(report.problems).toEqual([]);
  expect([report.files, report.counts.create, report.transactions]).toEqual([5_000, 5_000, SCOPES]);
  expect(await versions()).toBe(5_000);
  await system.drain();
  // L11
  for (const tenant of ['t0', 't7', 't199'])
    expect((await system.feed(tenant)).map(({ changes }) => changes.length)).toEqual([CONFIGS]);
  expect(await load()).toMatchObject({ counts: { same: 5_000 }, transactions: 0 });
  await writeFile(join(dir, 'tenants/t8/config-3.yaml'), 'max: 6');
  expect(await load()).toMatchObject({ counts: { same: 4_999, update: 1 }, transactions: 1 });
  expect(await versions()).toBe(5_001);
});
