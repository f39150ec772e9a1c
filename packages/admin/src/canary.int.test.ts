import { ROUTES, type Route, type RouteId } from '@tenantry/admin-api';
import { defineConfig } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { CANARY, lab, mode, secret, useLab } from './admin.fixture.ts';

/** A secret that cannot be parsed by the present schema quotes what it got. */
const picky = defineConfig({
  ...{ name: 'picky', secret: true, cacheTimeout: '30s', databaseTimeout: '30s' },
  schema: z.string().refine(text => text.length < 40, { error: issue => `no: ${String(issue.input)}` }),
  default: `${CANARY}-picky`,
});

useLab({ configs: [mode, secret, picky] });

/** Every secret has it in, at every depth; the hash of one of them is one that anybody could guess. */
const values = (n: number) => ({ key: `${CANARY}-${n}`, list: [`${CANARY}-list-${n}`] });

// B22
it('no answer, no table of ours and no error has a secret, but the one that reveals it', async () => {
  const root = lab.as('root');
  const seen: [what: string, text: string][] = [];
  const note = async (what: string, work: ReturnType<typeof root.get>) => {
    const { text, headers, status } = await work;
    seen.push([what, `${status} ${text} ${JSON.stringify([...headers])}`]);
  };
  await lab.store.scopes.setGroup('eu');
  await lab.store.scopes.set('acme', ['eu']);
  await lab.store.global().set(secret, values(0));
  await lab.store.group('eu').set(secret, values(1));
  const path = '/tenants/acme/configs/token';
  const put = (body: object, name = 'token') =>
    root.send('PUT', `/tenants/acme/configs/${name}`, body, { 'if-none-match': '*' });
  await note('a write that is refused', put({ json: JSON.stringify({ key: 5, [CANARY]: CANARY }) }));
  await note('a write that is no JSON', put({ json: `{"key": ${CANARY}` }));
  await note('a body that is not as it should be', put({ json: '1', nope: CANARY }));
  await note('a write that the schema quotes', put({ value: `${CANARY}${'x'.repeat(60)}` }, 'picky'));
  await note('a write', put({ value: values(2) }));
  await note('a patch', root.send('PATCH', path, { patch: { key: `${CANARY}-3` } }, { 'if-match': '*' }));
  await note('a late write', put({ value: values(4) }));
  const change = { config: 'token', value: values(5), ifVersion: 99 };
  await note('a bulk that is late', root.send('POST', '/tenants/acme/configs', { changes: [change] }));
  await note(
    'a preview',
    root.send('POST', '/preview', { changes: [{ scope: 'global', config: 'token', json: JSON.stringify(values(6)) }] }),
  );
  await note('a search', root.get(`/tenants/acme/configs?value=${CANARY}`));
  const names = {
    config: 'token',
    version: '1',
    entity: 'plans',
    record: '1',
    group: 'eu',
    tenant: 'acme',
    grant: '1',
  };
  for (const [id, route] of Object.entries(ROUTES) as [RouteId, Route][])
    for (const scope of ['global', 'groups/eu', 'tenants/acme']) {
      if (route.method !== 'GET') continue;
      const filled = route.path.replaceAll(/\{(\w+)\}/g, (_, name) => ({ ...names, scope })[name as 'scope']);
      await note(`${id} ${scope}`, root.get(filled + (id === 'configs.diff' ? '?from=1&to=1' : '')));
    }
  await note('a diff', root.get(`${path}/diff?from=1&to=2`));
  const rollback = root.send('POST', `${path}/rollback`, { version: 1, reason: 'x' }, { 'if-match': '*' });
  await note('a rollback', rollback);
  const revealed = await root.send('POST', `${path}/reveal`, { reason: 'x' });
  expect(revealed.text).toContain(CANARY);
  await note('a wrong reveal', root.send('POST', `${path}/reveal`, { reason: 'x', version: 99 }));
  await note('an unset', root.send('DELETE', path, undefined, { 'if-match': '*' }));
  await note('the audit log', root.get('/audit/export'));
  seen.push(['the table of the audit log', JSON.stringify(await lab.system.sql('select * from tenantry_audit'))]);
  seen.push(['the table of the grants', JSON.stringify(await lab.system.sql('select * from tenantry_grant'))]);
  seen.push(['what was reported', lab.errors.map(error => String((error as Error).stack)).join('\n')]);
  expect(seen.length).toBeGreaterThan(80);
  expect(
    seen.filter(([what, text]) => text.includes(CANARY) && !what.startsWith('a search')).map(([what]) => what),
  ).toEqual([]);
  expect(seen.find(([what]) => what === 'a search')?.[1]).toMatch(/^200 \{"items":\[\]\}/);
});
