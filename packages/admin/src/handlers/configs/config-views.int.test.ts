import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { lab, limit, mode, seats, secret, useLab } from '../../admin.fixture.ts';

useLab();
const root = () => lab.as('root');
let tenants = 0;
const fresh = () => `t${++tenants}`;

describe('the list of a scope', () => {
  it('has each config with its state, page by page, searched on the server', async () => {
    const tenant = fresh();
    await lab.store.tenant(tenant).set(mode, 'on', { actor: 'ann' });
    await lab.store.tenant(tenant).set(secret, { key: 'zebra' });
    const path = `/tenants/${tenant}/configs`;
    const { body } = await root().get(path);
    expect(body.items.map(({ name, state }: never) => [name, state])).toEqual([
      ['app/limit', 'none'],
      ['later', 'none'],
      ['mode', 'set'],
      ['seats', 'default'],
      ['token', 'set'],
    ]);
    expect(body.items[2]).toMatchObject({ preview: '"on"', updatedBy: 'ann', groups: ['features'], version: 1 });
    expect(body.items[4].preview).toBeUndefined();
    const names = async (query: string) => {
      const found = [];
      for (let cursor = ''; ; ) {
        const page = await root().get(`${path}?${query}${cursor && `&cursor=${cursor}`}`);
        expect(page.status).toBe(200);
        found.push(...page.body.items.map(({ name }: never) => name));
        if (!page.body.cursor) return found;
        cursor = page.body.cursor;
      }
    };
    expect(await names('limit=2')).toEqual(['app/limit', 'later', 'mode', 'seats', 'token']);
    expect(await names('state=set&limit=1')).toEqual(['mode', 'token']);
    expect(await names('group=plans')).toEqual(['seats']);
    expect(await names('search=LIM')).toEqual(['app/limit']);
    expect(await names('value=on')).toEqual(['mode']);
    expect(await names('value=zebra')).toEqual([]);
    expect((await root().get(`/tenants/${tenant}/state`)).body).toMatchObject({
      ...{ total: 5, set: 2, dirty: 0, stale: 0 },
      groups: [
        { group: 'features', total: 1, set: 1 },
        { group: 'plans', total: 1, set: 0 },
      ],
    });
  });

  // B4
  it('takes no cursor of another list, scope or caller', async () => {
    await lab.give({ who: 'user:carl', verbs: ['view'], scope: 'tenants/*' });
    const { cursor } = (await root().get('/tenants/acme/configs?limit=1')).body;
    for (const path of ['/tenants/zeta/configs?limit=1', '/tenants/acme/configs?limit=1&search=a', '/tenants'])
      expect(await root().get(`${path}${path.includes('?') ? '&' : '?'}cursor=${cursor}`)).toMatchObject({
        status: 400,
        body: { code: 'INVALID_CURSOR' },
      });
    expect((await lab.as('carl').get(`/tenants/acme/configs?limit=1&cursor=${cursor}`)).status).toBe(400);
    expect((await root().get(`/tenants/acme/configs?limit=1&cursor=${cursor}`)).status).toBe(200);
  });
});

describe('what stands above and below', () => {
  it('is explained by layers and fields, those that may not be viewed named alone', async () => {
    const tenant = fresh();
    await lab.store.scopes.setGroup('explained');
    await lab.store.scopes.set(tenant, ['explained']);
    await lab.store.group('explained').set(seats, { name: 'group' });
    await lab.store.tenant(tenant).set(seats, { seats: 9 });
    await lab.give({ who: `user:${tenant}`, verbs: ['view'], scope: `tenants/${tenant}` });
    const path = `/tenants/${tenant}/configs/seats`;
    const asRoot = await eventually(async () => {
      const { body } = await root().get(`${path}/explain`);
      return body.effectiveJson === '{"seats":9,"name":"group"}' && body;
    });
    expect(asRoot.layers.map(({ scope, json, kind }: never) => [scope, json, kind])).toEqual([
      [`tenants/${tenant}`, '{"seats":9}', 'set'],
      ['groups/explained', '{"name":"group"}', 'set'],
      ['global', undefined, 'inherited'],
      ['default', '{"seats":1}', 'default'],
    ]);
    expect(asRoot.fields).toEqual([
      { path: '/seats', scope: `tenants/${tenant}` },
      { path: '/name', scope: 'groups/explained' },
    ]);
    const own = (await lab.as(tenant).get(`${path}/explain`)).body;
    expect(own.layers[1]).toEqual({ scope: 'groups/explained', version: 1, kind: 'set', hidden: true });
    expect((await root().get('/groups/explained/configs/seats')).body).toMatchObject({
      ...{ state: 'set', json: '{"name":"group"}', effectiveJson: '{"seats":1,"name":"group"}' },
    });
  });

  it('is listed as overrides and as a matrix, of the scopes that the caller may see', async () => {
    const [one, two] = [fresh(), fresh()];
    await lab.store.global().set(limit, 1);
    await lab.store.tenant(one).set(limit, 2);
    await lab.store.tenant(two).set(limit, 3);
    await lab.store.tenant(two).set(mode, 'on');
    await lab.give({ who: 'user:one', verbs: ['view'], scope: `tenants/${one}` });
    await lab.give({ who: 'user:one', verbs: ['list'], scope: 'global' });
    const overrides = '/global/configs/app%2Flimit/overrides';
    expect((await root().get(overrides)).body.items).toEqual([
      { scope: `tenants/${one}`, version: 1, json: '2' },
      { scope: `tenants/${two}`, version: 1, json: '3' },
    ]);
    expect((await lab.as('one').get(overrides)).body.items).toEqual([
      { scope: `tenants/${one}`, version: 1, json: '2' },
    ]);
    const matrix = async (user: string, query = '') => {
      const { body } = await lab.as(user).get(`/definitions/app%2Flimit/matrix${query}`);
      return body.items.map((item: { scope: string; effectiveJson: string }) => [item.scope, item.effectiveJson]);
    };
    const all = await matrix('root');
    expect(all.slice(0, 3)).toEqual([
      ['global', '1'],
      [`tenants/${one}`, '2'],
      [`tenants/${two}`, '3'],
    ]);
    expect(all.slice(3).every(([scope, json]: [string, string]) => scope.startsWith('tenants/') && json === '1')).toBe(
      true,
    );
    expect(await matrix('one')).toEqual([
      ['global', undefined],
      [`tenants/${one}`, '2'],
    ]);
    expect(all.length).toBeGreaterThan(3);
    expect(await matrix('root', '?state=set')).toEqual(all.slice(0, 3));
    expect(await matrix('one', '?state=set')).toEqual(await matrix('one'));
    expect(await matrix('root', `?search=${two}&limit=1`)).toEqual([[`tenants/${two}`, '3']]);
    expect((await lab.as('one').get('/definitions/mode/matrix')).body.items.map(({ scope }: never) => scope)).toEqual([
      'global',
      `tenants/${one}`,
    ]);
    await lab.store.global().unset(limit);
  });

  it('a preview shows the changes that the caller may view, and writes nothing', async () => {
    const [one, two] = [fresh(), fresh()];
    await lab.store.tenant(one).set(seats, { name: 'one' });
    await lab.store.tenant(two).set(seats, { name: 'two' });
    const changes = [{ scope: 'global', config: 'seats', json: '{"seats":50}' }];
    const all = (await root().send('POST', '/preview', { changes })).body;
    const of = (scope: string) => all.changed.find((each: { scope: string }) => each.scope === scope);
    expect(of(`tenants/${two}`)).toEqual({
      ...{ scope: `tenants/${two}`, config: 'seats' },
      ...{ beforeJson: '{"seats":1,"name":"two"}', afterJson: '{"seats":50,"name":"two"}' },
    });
    await lab.give({ who: 'user:prev', verbs: ['view'], scope: `tenants/${one}` });
    await lab.give({ who: 'user:prev', verbs: ['view'], scope: 'global' });
    const some = (await lab.as('prev').send('POST', '/preview', { changes })).body;
    expect(some.changed.map(({ scope }: never) => scope)).toEqual(['global', `tenants/${one}`]);
    const hidden = [{ scope: `tenants/${two}`, config: 'seats', json: '{"seats":50}' }];
    expect(await lab.as('prev').send('POST', '/preview', { changes: hidden })).toMatchObject({ status: 404 });
    expect((await root().get('/global/configs/seats')).body.version).toBe(0);
    const guess = [{ scope: `tenants/${one}`, config: 'token', json: '{"key":"guess"}' }];
    expect(await lab.as('prev').send('POST', '/preview', { changes: guess })).toMatchObject({
      status: 403,
      body: { details: { verb: 'reveal' } },
    });
  });
});

describe('a definition', () => {
  it('has what may be written as JSON Schema, without the values of a secret', async () => {
    const { body } = await root().get('/definitions');
    expect(body.items.map(({ name }: never) => name)).toEqual(['app/limit', 'later', 'mode', 'seats', 'token']);
    const one = (await root().get('/definitions/seats')).body;
    expect(one).toMatchObject({
      inherit: 'merge',
      defaultJson: '{"seats":1}',
      groups: ['plans'],
      writePolicy: 'write-through',
    });
    expect(one.schema).toMatchObject({
      type: 'object',
      properties: { seats: { type: 'number' } },
      required: ['seats'],
    });
    expect((await root().get('/definitions/token')).text).not.toContain('canary');
    expect((await root().get('/definitions/app%2Fold')).status).toBe(404);
  });
});
