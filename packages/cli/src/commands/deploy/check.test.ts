import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { tenantry } from '../../cli.fixture.ts';
import { freshFolder, writeFiles } from '../../fresh-folder.fixture.ts';

const DEFINITIONS = fileURLToPath(new URL('../schema/definitions.fixture.ts', import.meta.url));

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await freshFolder();
  await writeFiles(dir, files);
  return dir;
}

it('a folder that is as it should be ends with 0, and asks no server', async () => {
  const dir = await folderOf({ 'tenants/acme/mode.yaml': 'auto\n', 'global/app%2Flimit.json': '7' });
  expect(await tenantry(['check', dir, '--definitions', DEFINITIONS])).toMatchObject({
    ...{ code: 0, out: '2 values, 0 problems\n', err: '' },
  });
});

it('each file that is wrong is named with its place, no value is shown, and it ends with 1', async () => {
  const dir = await folderOf({
    'tenants/acme/mode.yaml': 'hunter2\n',
    'tenants/acme/nope.yaml': '1\n',
    'tenants/beta/app%2Flimit.yaml': '# At most ten.\n11111\n',
    'tenants/beta/mode.yaml': 'on\n',
    'global/seats.yaml': 'seats: [\n',
  });
  const { code, out } = await tenantry(['check', dir, '--definitions', DEFINITIONS]);
  expect(code).toBe(1);
  for (const place of ['tenants/acme/mode.yaml:1:1', 'tenants/acme/nope.yaml', 'tenants/beta/app%2Flimit.yaml:2:1'])
    expect(out).toContain(place);
  expect(out).toMatch(/^global\/seats\.yaml:\d+:\d+: /m);
  expect(out).toMatch(/ values?, 4 problems\n$/);
  expect(out).not.toMatch(/hunter2|11111/);
  const asJson = await tenantry(['check', dir, '--definitions', DEFINITIONS, '-o', 'json']);
  expect([asJson.code, JSON.parse(asJson.out).length]).toEqual([1, 4]);
});

it('a field that the schema does not name is a warning with its place, and no problem', async () => {
  const dir = await folderOf({ 'tenants/acme/seats.yaml': 'seats: 5\nsats: 6\n' });
  const warning = 'tenants/acme/seats.yaml:2:1: warning: "seats": the schema does not name /sats\n';
  expect(await tenantry(['check', dir, '--definitions', DEFINITIONS])).toEqual({
    ...{ code: 0, out: '1 value, 0 problems\n', err: warning },
  });
  expect(await tenantry(['check', dir, '--definitions', DEFINITIONS, '-o', 'json'])).toEqual({
    ...{ code: 0, out: '[]\n', err: warning },
  });
});

it('a value that the schema refuses with what its scope inherits is named, as the server would refuse it', async () => {
  const dir = await folderOf({
    'global/seats.yaml': '{ plan: gold }\n',
    'groups/eu/seats.yaml': 'seats: 500\n',
    'tenants/acme/@groups.yaml': '[eu]\n',
    'tenants/acme/seats.yaml': '# Too many.\nseats: 200\n',
  });
  const { code, out } = await tenantry(['check', dir, '--definitions', DEFINITIONS]);
  expect(code).toBe(1);
  expect(out).toMatch(/^groups\/eu\/seats\.yaml:1:1: groups\/eu with what it gets of global: seats: /m);
  expect(out).toMatch(
    /^tenants\/acme\/seats\.yaml:2:1: tenants\/acme with what it gets of groups\/eu, global: seats: /m,
  );
  expect(out).toMatch(/\n2 values, 2 problems\n$/);
});

it('definitions that are missing are asked for', async () => {
  const { code, err } = await tenantry(['check', await freshFolder()]);
  expect([code, err]).toEqual([1, expect.stringContaining('--definitions FILE')]);
});
