import { join } from 'node:path';
import { defineConfig } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { CONFIGS, later, limit, mode } from '../../../../admin/src/admin.fixture.ts';
import { lab, TOKENS, tenantry, useCliLab } from '../../cli.fixture.ts';
import { startWriteProxy } from '../../write-proxy.fixture.ts';
import { dir, files, tenant, useDeployFolder } from './deploy-folder.fixture.ts';

/** What is good in a scope alone may not be with what a scope below says. */
const limits = defineConfig({
  ...{ name: 'limits', inherit: 'merge', databaseTimeout: '30s', cacheTimeout: '30s' },
  schema: z.object({ least: z.number(), most: z.number() }).refine(({ least, most }) => least <= most),
});

/** Redis alone has it. */
const brief = defineConfig({
  ...{ name: 'brief', persistence: 'none', cacheTimeout: '30s' },
  schema: z.number(),
});

/** Nobody inherits it, and no JSON Schema says what it refuses. */
const hours = defineConfig({
  ...{ name: 'hours', databaseTimeout: '30s', cacheTimeout: '30s' },
  schema: z.object({ from: z.number(), to: z.number() }).refine(({ from, to }) => from < to, 'ends before it begins'),
});

/** As long as a file may be. */
const long = defineConfig({
  ...{ name: 'long', databaseTimeout: '30s', cacheTimeout: '30s', maxBytes: 2 ** 20 },
  schema: z.string(),
});

useCliLab({ configs: [...CONFIGS, limits, brief, hours, long] });
useDeployFolder();

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

it('a value that is good with the groups of the same plan alone is planned, and one that is bad with them is not', async () => {
  const [narrow, wide] = [`narrow-${tenant}`, `wide-${tenant}`];
  await lab.store.scopes.setGroup(narrow);
  await lab.store.scopes.set(tenant, [narrow]);
  await lab.store.group(narrow).set(limits, { least: 1, most: 9 });
  await lab.store.tenant(tenant).set(limits, { least: 5 } as never);
  await files({
    // The tenant would have less than its least, and leaves.
    [`groups/${narrow}/limits.yaml`]: 'least: 1\nmost: 3\n',
    [`groups/${wide}/limits.yaml`]: 'least: 1\nmost: 9\n',
    [`tenants/${tenant}/@groups.yaml`]: `- ${wide}\n`,
    [`tenants/${tenant}-new/@groups.yaml`]: `- ${wide}\n`,
    [`tenants/${tenant}-new/limits.yaml`]: 'least: 8\n',
    [`tenants/${tenant}-bad/@groups.yaml`]: `- ${wide}\n`,
    [`tenants/${tenant}-bad/limits.yaml`]: 'least: 10\n',
  });
  const applied = await tenantry(['apply', dir]);
  expect(applied).toMatchObject({ code: 4, err: '' });
  expect(applied.out.match(/^! .*/gm)).toEqual([
    expect.stringContaining(`! tenants/${tenant}-bad/limits.yaml:1:1: limits of tenants/${tenant}-bad`),
  ]);
  expect(await lab.store.group(narrow).get(limits)).toMatchObject({ value: { least: 1, most: 3 } });
  expect(await lab.store.tenant(`${tenant}-new`).get(limits)).toMatchObject({ value: { least: 8 } });
  await files({ [`tenants/${tenant}-bad/limits.yaml`]: undefined });
  expect(await tenantry(['plan', dir])).toMatchObject({ code: 0 });
});

it('that is told also of a plan that no request can have as a whole', async () => {
  const wide = `wide-${tenant}`;
  const text = JSON.stringify('x'.repeat(900_000));
  await files({
    [`groups/${wide}/limits.yaml`]: 'least: 1\nmost: 9\n',
    [`tenants/${tenant}-bad/@groups.yaml`]: `- ${wide}\n`,
    [`tenants/${tenant}-bad/limits.yaml`]: 'least: 10\n',
    ...Object.fromEntries([1, 2, 3, 4, 5].map(i => [`tenants/${tenant}-long-${i}/long.json`, text])),
  });
  const { code, out } = await tenantry(['plan', dir]);
  expect(code).toBe(4);
  expect(out.match(/^! .*/gm)).toEqual([
    expect.stringContaining(`! tenants/${tenant}-bad/limits.yaml:1:1: limits of tenants/${tenant}-bad`),
  ]);
  expect(out).toContain('8 would change');
});

it('of a config that is said by two names nothing is written, and no group without the groups that its file should say', async () => {
  const group = `unsaid-${tenant}`;
  await files({
    [`tenants/${tenant}/app%2Flimit.yaml`]: '3\n',
    [`tenants/${tenant}/app%2Fold.yaml`]: '4\n',
    [`groups/${group}/@groups.yaml`]: '5\n',
    [`groups/${group}/app%2Flimit.yaml`]: '6\n',
  });
  const applied = await tenantry(['apply', dir]);
  expect(applied.code).toBe(4);
  expect(applied.out.match(/^! [^:]*/gm)?.sort()).toEqual([
    `! groups/${group}/@groups.yaml`,
    `! groups/${group}/app%2Flimit.yaml`,
    `! tenants/${tenant}/app%2Flimit.yaml`,
    `! tenants/${tenant}/app%2Fold.yaml`,
  ]);
  expect(await lab.store.tenant(tenant).get(limit)).toBeUndefined();
  expect((await lab.store.stored.groups([`groups/${group}`])).size).toBe(0);
});

it('a scope that the caller may not see, or of which the address cannot have the name, is a problem of its files, and the others go on', async () => {
  await lab.give({ who: 'user:ann', verbs: ['list', 'view', 'edit'], scope: `tenants/${tenant}`, config: '*' });
  // Not in Unicode's form C.
  const odd = `e\u0301-${tenant}`;
  const tenants = [tenant, `${tenant}-hidden`, odd, ...Array.from({ length: 5 }, (_, i) => `${tenant}-never-${i}`)];
  for (const each of tenants) await files({ [`tenants/${encodeURIComponent(each)}/mode.yaml`]: '"on"\n' });
  const applied = await tenantry(['apply', dir, '--prune', '--yes'], { token: TOKENS.ann });
  expect(applied).toMatchObject({ code: 4, out: expect.stringContaining('1 changed in 1 scope') });
  expect(applied.out.match(/^! /gm)).toHaveLength(tenants.length - 1);
  expect(await lab.store.tenant(tenant).get(mode)).toMatchObject({ value: 'on' });
  expect(await tenantry(['apply', dir])).toMatchObject({
    code: 4,
    out: expect.stringMatching(/^! tenants\/e.*Unicode's form C.*6 changed in 6 scopes/ms),
  });
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

it('configs that are only in Redis are written after the others, over the version that the plan saw: 4 where that is another one', async () => {
  await files({ [`tenants/${tenant}/brief.yaml`]: '5\n', [`tenants/${tenant}/mode.yaml`]: '"on"\n' });
  expect(await tenantry(['apply', dir])).toMatchObject({ code: 0, out: expect.stringContaining('2 changed') });
  expect(await lab.store.tenant(tenant).get(brief)).toMatchObject({ value: 5 });
  expect(await tenantry(['plan', dir])).toMatchObject({ code: 0 });
  const file = join(dir, '..', `${tenant}.plan.json`);
  await files({ [`tenants/${tenant}/brief.yaml`]: '6\n', [`tenants/${tenant}/mode.yaml`]: '"off"\n' });
  expect(await tenantry(['plan', dir, '--save', file])).toMatchObject({ code: 2 });
  await lab.store.tenant(tenant).set(brief, 7);
  const applied = await tenantry(['apply', file]);
  expect(applied).toMatchObject({ code: 4, err: expect.stringContaining(`tenants/${tenant}: CONFLICT`) });
  expect(await lab.store.tenant(tenant).get(mode)).toMatchObject({ value: 'off' });
  expect(await lab.store.tenant(tenant).get(brief)).toMatchObject({ value: 7 });
});

it('one scope that is refused leaves the others, and all are told in the order of the plan, however they ran', async () => {
  const tenants = Array.from({ length: 30 }, (_, i) => `${tenant}-${i}`).sort();
  for (const each of tenants) await files({ [`tenants/${each}/mode.yaml`]: '"on"\n' });
  await files({ 'global/app%2Flimit.yaml': '3\n' });
  const file = join(dir, '..', `${tenant}.plan.json`);
  expect(await tenantry(['plan', dir, '--save', file])).toMatchObject({ code: 2 });
  const refused = tenants[7] as string;
  await lab.store.tenant(refused).set(mode, 'off');
  const { code, out } = await tenantry(['apply', file, '-o', 'json']);
  expect(code).toBe(4);
  const { applied } = JSON.parse(out) as { applied: { scope: string; changed: number; code?: string }[] };
  expect(applied).toEqual([
    { scope: 'global', changed: 1 },
    ...tenants.map(each =>
      each === refused
        ? { scope: `tenants/${each}`, changed: 0, code: 'CONFLICT', message: expect.any(String) }
        : { scope: `tenants/${each}`, changed: 1 },
    ),
  ]);
});

it('what only the schema itself refuses is a problem of the plan, and a dry run says so, also where nobody inherits it', async () => {
  await files({ [`tenants/${tenant}/hours.yaml`]: 'from: 5\nto: 3\n', [`tenants/${tenant}/mode.yaml`]: '"on"\n' });
  const said = `! tenants/${tenant}/hours.yaml:1:1: hours of tenants/${tenant}: "hours": its schema refuses the value: ends before it begins.`;
  const planned = await tenantry(['plan', dir]);
  expect(planned).toMatchObject({ code: 4, out: expect.stringContaining(said) });
  expect(planned.out).toContain('1 would change in 1 scope, 0 of them taken away; 1 tenant would get other values');
  expect(await tenantry(['set', tenant, 'hours', '{"from":5,"to":3}', '--dry-run'])).toMatchObject({
    ...{ code: 3, err: expect.stringContaining('ends before it begins') },
  });
  expect(await tenantry(['set', tenant, 'hours', '{"from":3,"to":5}', '-n'])).toMatchObject({
    ...{ code: 2, out: expect.stringContaining('1 would change, in 1 scope') },
  });
  expect(await tenantry(['apply', dir])).toMatchObject({ code: 4, err: '' });
  expect(await lab.store.tenant(tenant).get(hours)).toBeUndefined();
  expect(await lab.store.tenant(tenant).get(mode)).toMatchObject({ value: 'on' });
});

it('a server of an earlier release, which previews nothing that nobody inherits, is asked about the rest: all of it is planned', async () => {
  let previews = 0;
  const refusal = { status: 422, code: 'NOT_INHERITED', detail: '"hours" has no `inherit`.' };
  await using earlier = await startWriteProxy(lab.url, {
    answers: path => {
      const isFirst = path === '/api/v1/preview' && ++previews === 1;
      return isFirst ? Response.json(refusal, { status: 422 }) : undefined;
    },
  });
  await files({
    [`tenants/${tenant}/hours.yaml`]: 'from: 3\nto: 5\n',
    [`tenants/${tenant}-2/hours.yaml`]: 'from: 3\nto: 5\n',
    [`tenants/${tenant}/limits.yaml`]: 'least: 3\nmost: 1\n',
  });
  const planned = await tenantry(['plan', dir], { env: { TENANTRY_URL: earlier.url } });
  expect(planned).toMatchObject({ code: 4, out: expect.stringContaining(`! tenants/${tenant}/limits.yaml`) });
  expect(planned.out).toContain('2 would change in 2 scopes, 0 of them taken away; 2 tenants would get other values');
  expect(previews).toBe(2);
});
