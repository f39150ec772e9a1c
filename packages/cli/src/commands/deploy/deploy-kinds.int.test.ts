import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { later, limit, mode, seats, secret } from '../../../../admin/src/admin.fixture.ts';
import { lab, tenantry, useCliLab } from '../../cli.fixture.ts';
import type { Plan } from '../../plan/plan.ts';
import { startWriteProxy } from '../../write-proxy.fixture.ts';
import { dir, files, tenant, useDeployFolder } from './deploy-folder.fixture.ts';

useCliLab();
useDeployFolder();

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

  it('that are missing are named with their place by a plan and a dry run, and nothing of their scope is written', async () => {
    await lab.store.scopes.setGroup('missing-eu');
    await files({
      [`tenants/${tenant}/@groups.yaml`]: '- missing-eu\n',
      [`tenants/${tenant}/@configs.yaml`]: 'later: 5\ntoken: { key: { $secret: { env: NOWHERE } } }\n',
    });
    const line = `! tenants/${tenant}/@configs.yaml:2:10: the variable NOWHERE is not set`;
    expect(await tenantry(['plan', dir])).toMatchObject({ code: 2, out: expect.stringContaining(line) });
    expect(await tenantry(['apply', dir, '-n'])).toMatchObject({ code: 4, out: expect.stringContaining(line) });
    expect(await tenantry(['plan', dir], { env: { NOWHERE: '' } })).toMatchObject({
      out: expect.stringContaining(line.replace('not set', 'empty')),
    });
    const file = join(dir, '..', `${tenant}.plan.json`);
    await tenantry(['plan', dir, '--save', file]);
    const { code, out } = await tenantry(['apply', file, '-n', '-o', 'json']);
    expect([code, JSON.parse(out).missing]).toEqual([
      4,
      [
        {
          place: `tenants/${tenant}/@configs.yaml:2:10`,
          code: 'SECRET_MISSING',
          message: 'the variable NOWHERE is not set',
        },
      ],
    ]);
    expect(await tenantry(['apply', dir])).toMatchObject({
      code: 1,
      out: expect.stringContaining(line),
      err: expect.stringContaining('NOWHERE is not set'),
    });
    const record = await tenantry(['tenants', 'get', tenant, '-o', 'json']);
    expect(JSON.parse(record.out)).toMatchObject({ groups: [] });
    const env = { NOWHERE: 'found-canary' };
    expect(await tenantry(['plan', dir], { env })).toMatchObject({ code: 2, out: expect.not.stringContaining('! ') });
    expect(await tenantry(['apply', file], { env })).toMatchObject({ code: 0 });
    // As it is already, its secret included.
    expect(await tenantry(['apply', file], { env })).toMatchObject({ code: 0, err: '' });
    await lab.store.tenant(tenant).set(secret, { key: 'of-somebody' });
    expect(await tenantry(['apply', file], { env })).toMatchObject({
      code: 3,
      err: expect.stringContaining('CONFLICT'),
    });
    expect(await lab.store.tenant(tenant).get(secret)).toMatchObject({ value: { key: 'of-somebody' } });
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

it('many scopes are planned as few are, whatever became of their values', async () => {
  await lab.store.scopes.setGroup('many');
  const tenants = Array.from({ length: 205 }, (_, i) => `m${i}`);
  for (const each of tenants)
    await files({ [`tenants/${each}/mode.yaml`]: '"on"\n', [`tenants/${each}/@groups.yaml`]: '- many\n' });
  expect(await tenantry(['apply', dir, '--name', 'many'])).toMatchObject({ code: 0 });
  expect(await tenantry(['plan', dir, '--prune', '--name', 'many'])).toMatchObject({
    code: 0,
    out: 'nothing would change; 410 are so already\n',
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
