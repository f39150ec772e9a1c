import { join } from 'node:path';
import { defineConfig } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { lab, openCliLab, tenantry, useCliLab } from '../../cli.fixture.ts';
import { freshFolder, writeFiles } from '../../fresh-folder.fixture.ts';
import { startWriteProxy } from '../../write-proxy.fixture.ts';

// With the times that a config has by default: what is written together has more.
const many = Array.from({ length: 1_200 }, (_, i) => defineConfig({ name: `many/${i}`, schema: z.string() }));
const LONG = 'é"\n'.repeat(40_000);

const wide = defineConfig({ name: 'wide', schema: z.array(z.string()), maxBytes: 2 ** 21 });

useCliLab({ configs: [...many, wide] });

const fileOf = (name: string) => `${encodeURIComponent(name)}.json`;

it('over a thousand changes of one scope, and many megabytes of them, are one transaction and one message to readers', async () => {
  const dir = await freshFolder();
  const files = many.map(({ name }, i) => [`tenants/acme/${fileOf(name)}`, JSON.stringify(i < 20 ? LONG : name)]);
  await writeFiles(dir, { ...Object.fromEntries(files), [`tenants/beta/${fileOf('many/0')}`]: JSON.stringify(LONG) });
  const file = join(dir, '..', 'plan.json');
  expect(await tenantry(['plan', dir, '--save', file, '-o', 'json'])).toMatchObject({ code: 2 });
  const applied = await tenantry(['apply', file]);
  expect(applied).toMatchObject({ code: 0, err: '', out: expect.stringContaining('1201 changed in 2 scopes') });
  expect(await lab.store.tenant('acme').get(many[3] as never)).toMatchObject({ value: LONG, version: 1 });
  expect(await lab.store.tenant('acme').get(many[1_199] as never)).toMatchObject({ value: 'many/1199' });
  await lab.system.drain();
  expect(await lab.system.feed('acme')).toHaveLength(1);
  expect(await tenantry(['plan', dir])).toMatchObject({ code: 0 });
});

it('scopes whose changes are longer than a megabyte are written after the others', async () => {
  const dir = await freshFolder();
  const long = Array.from({ length: 8 }, (_, i) => [`tenants/a-long/${fileOf(`many/${i}`)}`, JSON.stringify(LONG)]);
  const short = ['b', 'c'].map(tenant => [`tenants/${tenant}/${fileOf('many/8')}`, '"short"']);
  await writeFiles(dir, Object.fromEntries([...long, ...short]));
  await using proxy = await startWriteProxy(lab.url, { mayWrite: true });
  const applied = await tenantry(['apply', dir], { env: { TENANTRY_URL: proxy.url } });
  expect(applied).toMatchObject({ code: 0, out: expect.stringContaining('10 changed in 3 scopes') });
  const writes = proxy.requests.filter(request => /^POST .*\/configs$/.test(request));
  expect(writes).toHaveLength(3);
  expect(writes[2]).toBe('POST /api/v1/tenants/a-long/configs');
});

it('an export leaves out what would be a file of more than 1 MiB, names it and ends with 4; the others are written', async () => {
  const dir = await freshFolder();
  await lab.store.tenant('wide').set(wide, ['x'.repeat(2 ** 20)]);
  await lab.store.tenant('wide').set(many[7] as never, 'short' as never);
  const words = ['export', dir, '--scopes', 'wide', '--configs', 'wide', '--configs', 'many/7'];
  const place = 'tenants/wide/wide.yaml: the file would have 1048579 bytes, and 1048576 are the limit (`maxFileBytes`)';
  expect(await tenantry(words)).toMatchObject({
    code: 4,
    out: '1 file written, 0 as they were, 0 deleted\n',
    err: `not exported: ${place}: it is not written\n`,
  });
  const { out } = await tenantry([...words, '-o', 'json']);
  expect(JSON.parse(out)).toMatchObject({
    ...{ written: [], hidden: [], ending: [], problems: [{ config: 'wide', code: 'TOO_LARGE' }] },
  });
  expect(await tenantry(['import', dir])).toMatchObject({ code: 0 });
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

const shared = Array.from({ length: 2 }, (_, i) =>
  defineConfig({ name: `shared/${i}`, schema: z.string(), inherit: 'replace' }),
);

it('a group that is not made because it is too large takes those with it that would come into it, and no others', async () => {
  await using small = await openCliLab({ configs: shared, admin: { maxBodyBytes: 20_000, maxBulkBytes: 30_000 } });
  await small.store.scopes.setGroup('there');
  const dir = await freshFolder();
  const long = JSON.stringify('x'.repeat(18_000));
  await writeFiles(dir, {
    [`groups/new/${fileOf('shared/0')}`]: long,
    [`groups/new/${fileOf('shared/1')}`]: long,
    'groups/inner/@groups.yaml': '- new\n',
    'tenants/member/@groups.yaml': '- there\n- inner\n',
    [`tenants/member/${fileOf('shared/0')}`]: '"short"',
    'tenants/free/@groups.yaml': '- there\n',
  });
  const { code, out, err } = await tenantry(['apply', dir], { env: { TENANTRY_URL: small.url } });
  expect({ code, err }).toEqual({ code: 4, err: '' });
  expect(out).toMatch(/^! groups\/new: its changes are \d+ bytes/m);
  expect(out).toMatch(
    /^! groups\/inner\/@groups\.yaml:1:1: groups\/inner is left out: there is no groups\/new that you may see/m,
  );
  expect(out).toMatch(/^! tenants\/member\/@groups\.yaml:1:1: tenants\/member is left out: there is no groups\/inner/m);
  expect(out).toContain('1 changed in 1 scope');
  expect(await small.store.scopes.get('free')).toEqual(['there']);
  expect(await small.store.tenant('member').get(shared[0] as never)).toBeUndefined();
});

it.each([
  ['the files of which cannot be read', { 'groups/torn/@groups.yaml': '- [\n', 'groups/torn/wide.yaml': '- x\n' }],
  ['of which nothing can be planned', { 'groups/torn/many%2F1.yaml': 'x\n' }],
  ['that nobody has made', {}],
])('a group %s takes those with it that would come into it', async (_, group) => {
  const dir = await freshFolder();
  await writeFiles(dir, { ...group, 'tenants/of-torn/@groups.yaml': '- torn\n' });
  const { code, out, err } = await tenantry(['apply', dir]);
  expect({ code, err }).toEqual({ code: 4, err: '' });
  expect(out).toMatch(
    /^! tenants\/of-torn\/@groups\.yaml:1:1: tenants\/of-torn is left out: there is no groups\/torn/m,
  );
});
