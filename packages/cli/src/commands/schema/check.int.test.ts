import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@tenantry/testing';
import { beforeAll, expect, it } from 'vitest';
import { CANARY, limit, mode, seats, secret } from '../../../../admin/src/admin.fixture.ts';
import { lab, TOKENS, tenantry, useCliLab } from '../../cli.fixture.ts';
import { freshFolder } from '../../fresh-folder.fixture.ts';

useCliLab();
const FILE = fileURLToPath(new URL('definitions.fixture.ts', import.meta.url));
// Its sources: a test needs no build.
const PROTOCOL = fileURLToPath(new URL('../../../../protocol/src/index.ts', import.meta.url));
const check = (...words: string[]) => tenantry(['schema', 'check', '--definitions', FILE, ...words]);
const rows = (out: string) =>
  JSON.parse(out).map(({ scope, config, kind, path }: Record<string, string>) => [scope, config, kind, path].join(' '));

beforeAll(async () => {
  await lab.store.scopes.setGroup('eu');
  for (const tenant of ['heir', 'own']) await lab.store.scopes.set(tenant, ['eu']);
  await lab.store.tenant('fine').set(seats, { seats: 5 });
  await lab.store.tenant('fine').set(mode, 'on');
});

it('where every value would be taken it ends with 0, and warns of what becomes otherwise', async () => {
  const { code, out, err } = await check('-o', 'json');
  expect([code, rows(out)]).toEqual([0, []]);
  expect(err).toContain('warning: mode: `writePolicy` becomes "write-around", and is "write-through"');
  expect(err).not.toContain('later');
});

it('it names every scope, config and path that would be refused, stored or inherited, and no value', async () => {
  await lab.store.group('eu').set(limit, 77_123);
  await lab.store.tenant('own').set(limit, 3);
  await lab.store.tenant('far').set(limit, 55_123);
  await lab.store.group('eu').set(seats, { seats: 200 });
  await lab.store.tenant('own').set(seats, { seats: 2, name: 'x' });
  const { code, out, err } = await check('-o', 'json');
  expect(code).toBe(3);
  expect(rows(out).sort()).toEqual([
    'groups/eu app/limit stored ',
    'tenants/far app/limit stored ',
    'tenants/heir app/limit effective ',
    'tenants/heir seats effective seats',
  ]);
  expect(out + err).not.toMatch(/77123|55123|200/);
  for (const scope of [lab.store.group('eu'), lab.store.tenant('far')]) await scope.unset(limit);
  await lab.store.group('eu').unset(seats);
});

it('a secret is counted, and 4; with --reveal it is looked at, and the audit log says why', async () => {
  await lab.store.tenant('fine').set(secret, { key: `${CANARY}-long` });
  const blind = await check();
  expect(blind).toMatchObject({ code: 4, out: expect.stringContaining('0 would be refused, 1 not looked at') });
  expect(blind.err).toContain('not looked at: token of tenants/fine\n');
  expect(await check('--reveal')).toMatchObject({ code: 1, err: expect.stringContaining('--reason') });
  const seen = await check('--reveal', '-m', 'deploy 1.4', '-o', 'json');
  expect([seen.code, rows(seen.out)]).toEqual([3, ['tenants/fine token stored key']]);
  expect(seen.out + seen.err).not.toContain(CANARY);
  const audit = JSON.parse((await tenantry(['audit', 'list', '--action', 'config.reveal', '-o', 'json'])).out);
  expect(audit[0]).toMatchObject({
    config: 'token',
    scope: 'tenants/fine',
    reason: 'deploy 1.4',
  });
  await lab.store.tenant('fine').unset(secret);
});

it('a config that is gone and has values is warned of, and so are values that nobody would inherit', async () => {
  await lab.store.global().set(limit, 4);
  const file = join(await freshFolder(), 'definitions.ts');
  const text = `import { defineConfig } from ${JSON.stringify(PROTOCOL)};
    const any = { '~standard': { version: 1, vendor: 'mine', validate: (value: unknown) => ({ value }) } } as const;
    export default [defineConfig({ name: 'app/limit', schema: any })];`;
  await writeFile(file, text);
  const { code, err } = await tenantry(['schema', 'check', '--definitions', file]);
  expect(code).toBe(0);
  expect(err).toContain('warning: app/limit: nobody inherits it any more, and 1 scope above tenants set it');
  expect(err).toMatch(/warning: mode: it is no longer defined, and 1 scope still set/);
  await lab.store.global().unset(limit);
});

it('of a schema that gives no answer it says so, and of a value that is too large how large it is', async () => {
  for (const [config, value] of [[limit, 4] as const, [mode, 'on'] as const, [seats, { seats: 5 }] as const])
    await lab.store.tenant('why').set(config as typeof limit, value as number);
  const file = join(await freshFolder(), 'definitions.ts');
  const text = `import { defineConfig } from ${JSON.stringify(PROTOCOL)};
    const schema = validate => ({ '~standard': { version: 1, vendor: 'mine', validate } });
    export default [
      defineConfig({ name: 'app/limit', schema: schema(async value => ({ value })) }),
      defineConfig({ name: 'mode', schema: schema(value => { throw new RangeError(value) }) }),
      defineConfig({ name: 'seats', schema: schema(value => ({ value })), maxBytes: 5 }),
    ];`;
  await writeFile(file, text);
  const { code, out } = await tenantry(['schema', 'check', '--definitions', file, '-o', 'json']);
  expect(code).toBe(3);
  const faults = JSON.parse(out).filter(({ scope }: { scope: string }) => scope === 'tenants/why');
  expect(faults.map(({ config, why }: Record<string, string>) => [config, why])).toEqual([
    ['app/limit', expect.stringMatching(/asynchronous|Promise|later/i)],
    ['mode', 'its schema threw a RangeError instead of an answer.'],
    ['seats', 'it takes 11 bytes, and 5 are the limit (maxBytes)'],
  ]);
});

it('what the caller may not see is counted: a gate that sees little says so', async () => {
  const { id } = await lab.grants.give({ who: 'user:ann', verbs: ['view'], scope: 'tenants/fine' });
  expect(id).toBeDefined();
  const ran = await eventually(async () => {
    const tried = await tenantry(['schema', 'check', '--definitions', FILE], { token: TOKENS.ann });
    expect(tried.code).toBe(4);
    return tried;
  });
  expect(ran.err).toContain('what is set for all tenants is not to be seen');
});

it.each([
  ['no file', ['schema', 'check']],
  ['a file that is not there', ['schema', 'check', '--definitions', '/nowhere.ts']],
  [
    'a module without configs',
    ['schema', 'check', '--definitions', fileURLToPath(new URL('../../connection/version.ts', import.meta.url))],
  ],
])('%s is refused', async (_, words) => {
  expect(await tenantry(words)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('INVALID_OPTION') });
});
