import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig } from '@tenantry/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CONFIGS, later, limit, mode, seats, secret } from '../../../../admin/src/admin.fixture.ts';
import { lab, tenantry, useCliLab } from '../../cli.fixture.ts';
import { freshFolder, writeFiles } from '../../fresh-folder.fixture.ts';
import type { Plan } from '../../plan/plan.ts';
import { startWriteProxy } from '../../write-proxy.fixture.ts';

/** What is good in a scope alone may not be with what a scope below says. */
const limits = defineConfig({
  ...{ name: 'limits', inherit: 'merge', databaseTimeout: '30s', cacheTimeout: '30s' },
  schema: z.object({ least: z.number(), most: z.number() }).refine(({ least, most }) => least <= most),
});

useCliLab({ configs: [...CONFIGS, limits] });

let dir: string;
let tenant: string;
let count = 0;
beforeEach(async () => {
  dir = await freshFolder();
  tenant = `t${++count}`;
});

const files = (contents: Readonly<Record<string, string | undefined>>) => writeFiles(dir, contents);
describe('secrets', () => {
  it('come from where their files say, and are masked in every output; a plan has the reference alone', async () => {
    await files({ [`tenants/${tenant}/token.yaml`]: 'key: { $secret: { env: DEPLOY_SECRET } }\n' });
    const file = join(dir, '..', `${tenant}.plan.json`);
    const env = { DEPLOY_SECRET: 'hunter2-canary' };
    expect(await tenantry(['apply', dir])).toMatchObject({
      code: 1,
      err: expect.stringContaining('DEPLOY_SECRET is not set'),
    });
    const planned = await tenantry(['plan', dir, '--save', file], { env });
    expect(planned).toMatchObject({ code: 2, out: expect.stringContaining('+ token: ******') });
    expect(await readFile(file, 'utf8')).toContain('DEPLOY_SECRET');
    const applied = await tenantry(['apply', file], { env });
    expect(applied.code).toBe(0);
    for (const text of [planned.out, applied.out, applied.err, await readFile(file, 'utf8')])
      expect(text).not.toContain('hunter2');
    expect(await lab.store.tenant(tenant).get(secret)).toMatchObject({ value: { key: 'hunter2-canary' } });
    // What is set is left alone, and does not need its variable.
    expect(await tenantry(['apply', dir])).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 secret is set and left alone'),
    });
    expect(await tenantry(['apply', dir, '--write-secrets'], { env: { DEPLOY_SECRET: 'other' } })).toMatchObject({
      code: 0,
    });
    expect(await lab.store.tenant(tenant).get(secret)).toMatchObject({ value: { key: 'other' } });
  });

  it('are referred to in secret configs alone', async () => {
    await files({ [`tenants/${tenant}/seats.yaml`]: 'seats: { $secret: { env: HOME } }\n' });
    const planned = await tenantry(['apply', dir], { env: { HOME: '/home/canary' } });
    expect(planned).toMatchObject({ code: 4, out: expect.stringContaining('"seats" is not secret') });
    expect(await lab.store.tenant(tenant).get(seats)).toBeUndefined();
  });

  it('that only look like references come into no plan', async () => {
    const texts = [
      '$secret: clear-canary',
      'key: { $secret: { env: HOME, was: clear-canary } }',
      'key: { $secret: {} }',
    ];
    for (const text of texts) {
      await files({ [`tenants/${tenant}/token.yaml`]: `${text}\n` });
      const file = join(dir, '..', `${tenant}.plan.json`);
      const saved = await tenantry(['plan', dir, '--save', file]);
      expect(saved).toMatchObject({ code: 4, out: expect.stringContaining('a reference is `{ $secret:') });
      expect(saved.out + saved.err + (await readFile(file, 'utf8'))).not.toContain('canary');
    }
  });

  it('that stand in their file in clear come into no plan', async () => {
    await files({ [`tenants/${tenant}/token.yaml`]: 'key: clear-canary\n' });
    const file = join(dir, '..', `${tenant}.plan.json`);
    const saved = await tenantry(['plan', dir, '--save', file]);
    expect(saved).toMatchObject({ code: 3, err: expect.stringContaining('SECRET_IN_CLEAR') });
    expect(saved.err + saved.out).not.toContain('clear-canary');
    await expect(readFile(file)).rejects.toThrow('ENOENT');
    const { out, code } = await tenantry(['apply', dir, '-o', 'json']);
    expect([code, out.includes('clear-canary')]).toEqual([0, false]);
  });
});

it('groups come from @groups, those that are not there are made, and those above others first', async () => {
  const [low, high] = [`a-low-${tenant}`, `z-high-${tenant}`];
  await files({
    [`groups/${low}/@groups.yaml`]: `- ${high}\n`,
    [`groups/${low}/app%2Flimit.yaml`]: '3\n',
    [`groups/${high}/app%2Flimit.yaml`]: '4\n',
    [`tenants/${tenant}/@groups.yaml`]: `- ${low}\n`,
  });
  const planned = await tenantry(['plan', dir]);
  expect(planned.out).toContain(`groups/${low}\n  + groups: no such group → ${high}`);
  expect(await tenantry(['apply', dir])).toMatchObject({ code: 0 });
  expect(await lab.store.tenant(tenant).get(limit)).toBeUndefined();
  expect(JSON.parse((await tenantry(['get', tenant, 'app/limit', '-o', 'json'])).out)).toMatchObject({
    effective: 3,
    from: `groups/${low}`,
  });
  expect(await tenantry(['plan', dir])).toMatchObject({ code: 0 });
});

it('groups are in one transaction with the values of their scope: where one is refused, nothing of it is written', async () => {
  await lab.store.scopes.setGroup('there');
  await lab.store.tenant(tenant).set(mode, 'off');
  const [made, file] = [`made-${tenant}`, join(dir, '..', `${tenant}.plan.json`)];
  await files({
    [`tenants/${tenant}/@groups.yaml`]: '- there\n',
    [`tenants/${tenant}/mode.yaml`]: '"on"\n',
    [`groups/${made}/app%2Flimit.yaml`]: '3\n',
  });
  expect(await tenantry(['plan', dir, '--save', file])).toMatchObject({ code: 2 });
  // The value of the tenant is another one than the plan saw, and the group is there by now.
  await lab.store.tenant(tenant).set(mode, 'off');
  await lab.store.scopes.setGroup(made);
  const applied = await tenantry(['apply', file]);
  expect(applied).toMatchObject({ code: 3 });
  expect(applied.err).toMatch(new RegExp(`groups/${made}: CONFLICT.*\ntenants/${tenant}: CONFLICT`));
  expect(await lab.store.scopes.get(tenant)).toEqual([]);
  expect(await lab.store.group(made).get(limit)).toBeUndefined();
  // Made anew, the plan is carried out: one transaction, one origin for all.
  expect(await tenantry(['apply', dir])).toMatchObject({ code: 0 });
  expect(await lab.store.scopes.get(tenant)).toEqual(['there']);
  const [groups] = (await lab.store.stored.ofMany([`tenants/${tenant}`], [mode])).values();
  expect(groups?.get('@groups')?.origin).toMatch(/^file:files:tenants\/t\d+\/@groups\.yaml#/);
  expect(groups?.get('mode')?.origin).toMatch(/^file:files:tenants\/t\d+\/mode\.yaml#/);
});

it('a scope that is refused for what another one says is tried again after it', async () => {
  const group = `again-${tenant}`;
  await lab.store.scopes.setGroup(group);
  await lab.store.scopes.set(tenant, [group]);
  await lab.store.group(group).set(limits, { least: 1, most: 9 });
  await lab.store.tenant(tenant).set(limits, { least: 5 } as never);
  // The group comes first, and would have less than the tenant's least.
  const alone = lab.store.group(group).set(limits, { least: 1, most: 3 });
  await expect(alone).rejects.toMatchObject({ code: 'BREAKS_BELOW' });
  await files({
    [`groups/${group}/limits.yaml`]: 'least: 1\nmost: 3\n',
    [`tenants/${tenant}/limits.yaml`]: 'least: 2\n',
  });
  expect(await tenantry(['apply', dir])).toMatchObject({ code: 0, err: '' });
  expect(await lab.store.group(group).get(limits)).toMatchObject({ value: { least: 1, most: 3 } });
});

it('configs that are written to Redis first are in one transaction with the others of their scope', async () => {
  await files({ [`tenants/${tenant}/later.yaml`]: '5\n', [`tenants/${tenant}/mode.yaml`]: '"on"\n' });
  expect(await tenantry(['apply', dir])).toMatchObject({ code: 0, out: expect.stringContaining('2 changed') });
  expect(JSON.parse((await tenantry(['get', tenant, 'later', '-o', 'json'])).out)).toMatchObject({ value: 5 });
  expect(await tenantry(['plan', dir])).toMatchObject({ code: 0 });
  const file = join(dir, '..', `${tenant}.plan.json`);
  await files({ [`tenants/${tenant}/later.yaml`]: '6\n', [`tenants/${tenant}/mode.yaml`]: '"off"\n' });
  expect(await tenantry(['plan', dir, '--save', file])).toMatchObject({ code: 2 });
  await lab.store.tenant(tenant).set(mode, 'on');
  expect(await tenantry(['apply', file])).toMatchObject({ code: 3 });
  expect(await lab.store.tenant(tenant).get(later)).toMatchObject({ value: 5 });
});

it('many values that are wrong cost one request, and not one each', async () => {
  for (let i = 0; i < 60; i++)
    await files({ [`tenants/wrong-${i}/app%2Flimit.yaml`]: i % 2 === 0 ? `${i}\n` : 'no\n' });
  await using proxy = await startWriteProxy(lab.url);
  const planned = await tenantry(['plan', dir, '-o', 'json'], { env: { TENANTRY_URL: proxy.url } });
  expect(planned.code).toBe(4);
  const plan = JSON.parse(planned.out) as Plan;
  expect(plan.problems.map(({ place, code }) => `${code} ${place}`)).toEqual(
    Array.from({ length: 60 }, (_, i) => `tenants/wrong-${i}/app%2Flimit.yaml:1:1`)
      .filter((_, i) => i % 2 === 1)
      .sort()
      .map(place => `INVALID_VALUE ${place}`),
  );
  expect(plan.scopes).toHaveLength(30);
  expect(proxy.requests.filter(each => each === 'POST /api/v1/preview')).toHaveLength(2);
});

it('many scopes are read config by config, and planned as few are', async () => {
  await lab.store.scopes.setGroup('many');
  const tenants = Array.from({ length: 205 }, (_, i) => `m${i}`);
  for (const each of tenants)
    await files({ [`tenants/${each}/mode.yaml`]: '"on"\n', [`tenants/${each}/@groups.yaml`]: '- many\n' });
  expect(await tenantry(['apply', dir, '--name', 'many'])).toMatchObject({ code: 0 });
  expect(await tenantry(['plan', dir, '--prune', '--name', 'many'])).toMatchObject({
    code: 0,
    out: 'nothing would change: 410 as they should be\n',
  });
  await files({ 'tenants/m3/seats.yaml': 'seats: 3\n' });
  expect(await tenantry(['apply', dir, '--name', 'many'])).toMatchObject({ code: 0 });
  await lab.store.tenant('m1').set(mode, 'off');
  await lab.store.tenant('m2').unset(mode);
  await rm(join(dir, 'tenants/m3/seats.yaml'));
  await lab.store.scopes.set('m4', []);
  // In Redis, and not yet in the database.
  await lab.store.tenant('m5').set(later, 5);
  await files({ 'tenants/m5/later.yaml': '6\n', 'tenants/m6/later.yaml': '7\n' });
  const { code, out } = await tenantry(['plan', dir, '--prune', '-o', 'json', '--name', 'many']);
  expect(code).toBe(2);
  const { scopes, owned } = JSON.parse(out) as Plan;
  const planned = scopes.flatMap(({ scope, changes, groups }) => [
    ...(groups ? [`${scope} groups`] : []),
    ...changes.map(({ config, op, ifVersion }) => `${scope} ${config} ${op} ${ifVersion}`),
  ]);
  expect(planned.sort()).toEqual([
    'tenants/m1 mode set 2',
    'tenants/m2 mode set 2',
    'tenants/m3 seats unset 1',
    'tenants/m4 groups',
    'tenants/m5 later set 1',
    'tenants/m6 later set 0',
  ]);
  expect(owned).toBeGreaterThan(200);
  expect(await tenantry(['apply', dir, '--prune', '--yes', '--name', 'many'])).toMatchObject({ code: 0 });
  expect(await tenantry(['plan', dir, '--prune', '--name', 'many'])).toMatchObject({ code: 0 });
});

it('what are no groups is a problem of its file, and the others go on', async () => {
  await files({
    'global/@groups.yaml': '[eu]\n',
    [`tenants/${tenant}/@groups.yaml`]: 'eu\n',
    [`groups/${tenant}/@groups.yaml`]: '{ eu: 1 }\n',
    [`tenants/${tenant}/seats.yaml`]: 'seats: 4\n',
  });
  const applied = await tenantry(['apply', dir]);
  expect(applied).toMatchObject({ code: 4, err: '' });
  for (const path of ['global', `tenants/${tenant}`, `groups/${tenant}`])
    expect(applied.out).toContain(`! ${path}/@groups.yaml:1:1: `);
  expect(await lab.store.tenant(tenant).get(seats)).toMatchObject({ value: { seats: 4 } });
});
