import { join } from 'node:path';
import { defineConfig } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { lab, openCliLab, tenantry, useCliLab } from '../../cli.fixture.ts';
import { freshFolder, writeFiles } from '../../fresh-folder.fixture.ts';

// With the times that a config has by default: what is written together has more.
const many = Array.from({ length: 1_200 }, (_, i) => defineConfig({ name: `many/${i}`, schema: z.string() }));
const LONG = 'é"\n'.repeat(40_000);

useCliLab({ configs: many });

const fileOf = (name: string) => `${encodeURIComponent(name)}.json`;

it('over a thousand changes of one scope, and many megabytes of them, are one transaction and one message to readers', async () => {
  const dir = await freshFolder();
  const files = many.map(({ name }, i) => [`tenants/acme/${fileOf(name)}`, JSON.stringify(i < 20 ? LONG : name)]);
  await writeFiles(dir, { ...Object.fromEntries(files), [`tenants/beta/${fileOf('many/0')}`]: JSON.stringify(LONG) });
  const file = join(dir, '..', `${Date.now()}.plan.json`);
  expect(await tenantry(['plan', dir, '--save', file, '-o', 'json'])).toMatchObject({ code: 2 });
  const applied = await tenantry(['apply', file]);
  expect(applied).toMatchObject({ code: 0, err: '', out: expect.stringContaining('1201 changed in 2 scopes') });
  expect(await lab.store.tenant('acme').get(many[3] as never)).toMatchObject({ value: LONG, version: 1 });
  expect(await lab.store.tenant('acme').get(many[1_199] as never)).toMatchObject({ value: 'many/1199' });
  await lab.system.drain();
  expect(await lab.system.feed('acme')).toHaveLength(1);
  expect(await tenantry(['plan', dir])).toMatchObject({ code: 0 });
});

it('a scope with more than the server takes is a problem of the plan, and the others go on', async () => {
  await using small = await openCliLab({ configs: many, admin: { maxBodyBytes: 20_000, maxBulkBytes: 30_000 } });
  const dir = await freshFolder();
  await writeFiles(dir, {
    [`tenants/fits/${fileOf('many/1')}`]: JSON.stringify('x'.repeat(18_000)),
    [`tenants/large/${fileOf('many/1')}`]: JSON.stringify('x'.repeat(18_000)),
    [`tenants/large/${fileOf('many/2')}`]: JSON.stringify('x'.repeat(18_000)),
  });
  const there = { env: { TENANTRY_URL: small.url } };
  const said =
    /^! tenants\/large: its changes are \d+ bytes, and the server takes 30000 in one transaction \(`maxBulkBytes` of the admin\)$/m;
  const planned = await tenantry(['plan', dir], there);
  expect(planned).toMatchObject({ code: 4, out: expect.stringMatching(said) });
  expect(planned.out).toContain('1 would change in 1 scope');
  expect(await tenantry(['apply', dir, '--dry-run'], there)).toMatchObject({
    code: 4,
    out: expect.stringMatching(said),
  });
  expect(await tenantry(['apply', dir], there)).toMatchObject({ code: 4, err: '', out: expect.stringMatching(said) });
  expect(await small.store.tenant('fits').get(many[1] as never)).toBeDefined();
  expect(await small.store.tenant('large').get(many[1] as never)).toBeUndefined();
});
