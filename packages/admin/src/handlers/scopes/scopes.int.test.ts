import { configStore } from '@tenantry/mikro-orm';
import { describe, expect, it } from 'vitest';
import { Plan } from '../../../../mikro-orm/src/plans.fixture.ts';
import { type Caller, lab, mode, seats, useLab } from '../../admin.fixture.ts';

useLab();
const root = () => lab.as('root');

async function itemsOf(caller: Caller, path: string) {
  const items = [];
  for (let cursor = ''; ; ) {
    const { body, status } = await caller.get(`${path}${cursor && `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    items.push(...body.items);
    if (!body.cursor) return items;
    cursor = body.cursor;
  }
}

describe('groups', () => {
  it('are made, changed, joined, listed and deleted, each on a condition', async () => {
    const path = '/groups/eu%2Fwest';
    expect(await root().get(path)).toMatchObject({ status: 404 });
    const made = await root().send('PUT', path, { groups: [] }, { 'if-none-match': '*' });
    expect(made).toMatchObject({ status: 200, body: { groups: [] } });
    await root().send('PUT', '/groups/eu', { groups: [] }, { 'if-none-match': '*' });
    expect((await root().send('PUT', path, { groups: ['eu'] }, { 'if-none-match': '*' })).status).toBe(412);
    const changed = await root().send('PUT', path, { groups: ['eu'] }, { 'if-match': made.etag });
    expect(changed.status).toBe(200);
    const tenant = await root().get('/tenants/acme');
    expect(tenant.body).toEqual({ id: 'acme', groups: [], chain: ['tenants/acme', 'global'], configs: 0 });
    const joined = await root().send(
      'PUT',
      '/tenants/acme/groups',
      { groups: ['eu/west'], reason: 'moved' },
      { 'if-match': tenant.etag },
    );
    expect(joined).toMatchObject({ status: 200 });
    expect((await root().get('/tenants/acme')).body.chain).toEqual([
      'tenants/acme',
      'groups/eu/west',
      'groups/eu',
      'global',
    ]);
    expect((await root().get('/groups')).body.items).toEqual([
      { name: 'eu', groups: [], members: 1 },
      { name: 'eu/west', groups: ['eu'], members: 1 },
    ]);
    expect((await root().get('/groups/eu/members')).body.items).toEqual([{ scope: 'groups/eu/west' }]);
    const remove = (name: string) => root().send('DELETE', `/groups/${name}`, undefined, { 'if-match': '*' });
    expect(await remove('eu')).toMatchObject({
      status: 409,
      body: { code: 'GROUP_IN_USE', details: { scopes: ['groups/eu/west'] } },
    });
    expect(await root().send('PUT', '/groups/eu', { groups: ['eu/west'] }, { 'if-match': '*' })).toMatchObject({
      status: 422,
      body: { code: 'GROUP_CYCLE' },
    });
    await root().send('PUT', '/tenants/acme/groups', { groups: [] }, { 'if-match': joined.etag });
    expect((await remove('eu%2Fwest')).status).toBe(204);
    expect((await remove('eu')).status).toBe(204);
    expect((await remove('eu')).status).toBe(412);
    expect((await root().get('/audit?action=groups.set')).body.items).toMatchObject([
      { actor: 'root' },
      { reason: 'moved' },
    ]);
  });

  // B2
  it('that one may not view cannot be joined, and are not told from those that are not there', async () => {
    await lab.store.scopes.setGroup('seen');
    await lab.store.scopes.setGroup('hidden');
    await lab.give({ who: 'user:gina', verbs: ['edit'], scope: 'tenants/gina' });
    await lab.give({ who: 'user:gina', verbs: ['list'], scope: 'groups/seen' });
    const put = (groups: string[]) =>
      lab.as('gina').send('PUT', '/tenants/gina/groups', { groups }, { 'if-none-match': '*' });
    const [hidden, missing] = [await put(['hidden']), await put(['missing'])];
    expect(hidden.text.replaceAll('hidden', 'missing')).toBe(missing.text);
    expect(hidden).toMatchObject({ status: 422, body: { code: 'UNKNOWN_GROUP' } });
    // Its values would be seen as those of the tenant.
    expect(await put(['seen'])).toMatchObject({ status: 403, body: { details: { verb: 'view' } } });
    await lab.give({ who: 'user:gina', verbs: ['view'], scope: 'groups/seen', config: 'mode' });
    expect((await put(['seen'])).status).toBe(403);
    await lab.give({ who: 'user:gina', verbs: ['view'], scope: 'groups/seen' });
    expect((await put(['seen'])).status).toBe(200);
    expect((await itemsOf(lab.as('gina'), '/groups?limit=1')).map(({ name }) => name)).toEqual(['seen']);
    expect((await lab.as('gina').get('/groups/hidden')).text).toBe((await lab.as('gina').get('/groups/missing')).text);
  });

  it('are not changed by who may edit only some configs of the scope', async () => {
    await lab.give({ who: 'user:part', verbs: ['edit'], scope: 'tenants/part', config: 'mode' });
    const put = await lab.as('part').send('PUT', '/tenants/part/groups', { groups: [] }, { 'if-none-match': '*' });
    expect(put).toMatchObject({ status: 403, body: { code: 'FORBIDDEN', details: { verb: 'edit' } } });
  });

  it('whose change would break a tenant name only those that the caller may see', async () => {
    const store = configStore(lab.system.orm);
    await store.scopes.setGroup('breaking');
    for (const id of ['broken1', 'broken2']) await store.scopes.set(id, ['breaking']);
    for (const id of ['broken1', 'broken2']) await store.tenant(id).set(seats, { name: 'x' });
    await lab.give({ who: 'user:bert', verbs: ['edit'], scope: 'groups/breaking' });
    await lab.give({ who: 'user:bert', verbs: ['list'], scope: 'tenants/broken1' });
    const put = await lab
      .as('bert')
      .send('PUT', '/groups/breaking/configs/seats', { json: '{"seats":"many"}' }, { 'if-none-match': '*' });
    expect(put).toMatchObject({ status: 422 });
    expect(put.text).not.toContain('broken2');
  });
});

describe('tenants', () => {
  it('are listed page by page, those alone in which the caller may list something', async () => {
    for (let i = 10; i < 20; i++) await lab.store.tenant(`list${i}`).set(mode, 'on');
    const names = async (user: string, query: string) =>
      (await itemsOf(lab.as(user), `/tenants?${query}`)).map(({ id }) => id);
    expect(await names('root', 'search=list&limit=3')).toEqual(Array.from({ length: 10 }, (_, i) => `list1${i}`));
    await lab.give({ who: 'user:two', verbs: ['list'], scope: 'tenants/list12' });
    await lab.give({ who: 'user:two', verbs: ['edit'], scope: 'tenants/list15', config: 'mode' });
    await lab.give({ who: 'user:two', verbs: ['audit'], scope: 'tenants/list16' });
    expect(await names('two', 'limit=1')).toEqual(['list12', 'list15']);
    expect(await names('nothing', 'limit=1')).toEqual([]);
  });
});

describe('records', () => {
  it('are those that Redis has, with their keys, read-only, page by page', async () => {
    const em = lab.system.em();
    for (let i = 0; i < 5; i++) em.create(Plan, { tenantId: 'recs', slug: `s${i}`, name: `plan ${i}`, secret: 'hush' });
    em.create(Plan, { tenantId: 'others', slug: 'o', name: 'x' });
    await em.flush();
    expect((await root().get('/entities')).body.items).toEqual([
      {
        definition: 'plans',
        keys: [['id'], ['slug']],
        fields: ['id', 'tenantId', 'slug', 'name', 'notes'],
        perTenant: true,
      },
    ]);
    const items = await itemsOf(root(), '/tenants/recs/entities/plans/records?limit=2');
    expect(items).toHaveLength(5);
    const record = (await root().get(`/tenants/recs/entities/plans/records/${items[0].id}`)).body;
    expect(record).toMatchObject({ id: items[0].id, keys: items[0].keys });
    expect(JSON.parse(record.json)).toMatchObject({ tenantId: 'recs' });
    expect(record.json).not.toContain('hush');
    for (const path of [
      '/tenants/recs/entities/plans/records/999',
      `/tenants/others/entities/plans/records/${items[0].id}`,
      '/tenants/recs/entities/nope/records',
      `/global/entities/plans/records/${items[0].id}`,
    ])
      expect((await root().get(path)).status).toBe(404);
    expect((await root().get('/global/entities/plans/records')).body).toEqual({ items: [] });
    await lab.give({ who: 'user:rec', verbs: ['view'], scope: 'tenants/recs', config: 'plans' });
    expect((await lab.as('rec').get('/tenants/recs/entities/plans/records')).status).toBe(200);
    expect((await lab.as('rec').get('/tenants/others/entities/plans/records')).status).toBe(404);
  });
});

it('groups are changed by everybody who asks for that with `If-Match: *`', async () => {
  for (const name of ['many-a', 'many-b'])
    await root().send('PUT', `/groups/${name}`, { groups: [] }, { 'if-none-match': '*' });
  const join = (groups: string[], condition: object) =>
    root().send('PUT', '/tenants/many/groups', { groups }, { ...condition });
  await join(['many-a'], { 'if-none-match': '*' });
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => join([n % 2 === 0 ? 'many-a' : 'many-b'], { 'if-match': '*' })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
});
