import { describe, expect, it } from 'vitest';
import { callerOf, lab, mode, useLab } from '../admin.fixture.ts';
import { createAdmin } from '../create-admin.ts';

useLab();

// B3
describe('a name in another form', () => {
  it('is another tenant, or none, and never the one that it looks like', async () => {
    const root = lab.as('root');
    const set = (tenant: string) =>
      root.send('PUT', `/tenants/${tenant}/configs/mode`, { json: '"on"' }, { 'if-none-match': '*' });
    expect((await set('caf%C3%A9')).status).toBe(200);
    await lab.give({ who: 'user:may', verbs: ['edit'], scope: 'tenants/café' });
    const may = lab.as('may');
    expect((await may.get('/tenants/caf%c3%a9/configs/mode')).body).toMatchObject({
      scope: 'tenants/café',
      version: 1,
    });
    // Another case, without the accent: names of their own.
    for (const name of ['CAF%C3%89', 'Caf%C3%A9', 'cafe']) {
      expect([name, (await may.get(`/tenants/${name}/configs/mode`)).status]).toEqual([name, 404]);
      expect((await root.get(`/tenants/${name}/configs/mode`)).body.version).toBe(0);
      expect([name, (await set(name)).status]).toEqual([name, 200]);
    }
    // Other forms of the same: refused, whoever asks and whatever is there.
    for (const name of [
      'cafe%CC%81',
      'caf%C3%A9%20',
      'caf%C3%A9%E2%80%8B',
      'c%C2%ADaf%C3%A9',
      'caf%C3%A9%E2%80%8F',
      'caf%E3%85%A4',
      '%EF%BB%BFcaf%C3%A9',
      'caf%E9',
      'caf%C3%A9%00',
    ])
      for (const user of ['may', 'root', 'stranger'])
        for (const path of [`/tenants/${name}/configs/mode`, `/tenants/${name}`, `/tenants/${name}/events`])
          expect([path, (await lab.as(user).get(path)).status]).toEqual([path, 400]);
    expect((await root.get('/tenants/caf%C3%A9/configs/mode')).body.version).toBe(1);
  });

  it('is refused in bodies and queries, too', async () => {
    const root = lab.as('root');
    for (const scope of [
      'tenants/cafe\u0301',
      'tenants/..',
      'tenants/ x',
      'groups/eu//west',
      'tenants/a\u0000b',
      'tenants/a\u2060b',
      'TENANTS/x',
      'global/',
    ]) {
      const grant = { who: 'user:x', verbs: ['view'], scope, config: '*' };
      expect([scope, (await root.send('POST', '/grants', grant)).status]).toEqual([scope, 400]);
      const changes = [{ scope, config: 'mode', json: '"on"' }];
      expect([scope, (await root.send('POST', '/preview', { changes })).status]).toEqual([scope, 400]);
      const query = `scope=${encodeURIComponent(scope)}`;
      expect([scope, (await root.get(`/audit?${query}`)).status]).toEqual([scope, 400]);
      expect([scope, (await root.get(`/grants?${query}`)).status]).toEqual([scope, 400]);
    }
    for (const search of ['%ff', '%', 'caf%e9', '%u0041'])
      expect(await root.get(`/tenants?search=${search}`)).toMatchObject({
        status: 400,
        body: { code: 'NOT_CANONICAL' },
      });
    expect((await root.get('/tenants?search=caf%C3%A9+x%2B')).status).toBe(200);
  });

  it('is none where a tenant has dots and slashes in its id: each id that an application may have has one path', async () => {
    const ids = [
      'acme.',
      'a/b',
      'a/configs/mode',
      '/x',
      'x/',
      'a//b',
      'a\\b',
      'a..b',
      '...',
      '%2F',
      '*',
      '{x}',
      'a?b#c',
      '@groups',
    ];
    for (const [n, id] of ids.entries()) await lab.store.tenant(id).set(mode, n % 2 === 0 ? 'on' : 'off');
    await lab.give({ who: 'user:some', verbs: ['view'], scope: 'tenants/a/b' });
    const { port } = await lab.admin.listen(0);
    for (const id of ids) {
      const path = `/tenants/${encodeURIComponent(id)}/configs/mode`;
      const read = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, { headers: { 'x-user': 'root' } });
      expect([id, read.status, await read.json()]).toMatchObject([id, 200, { scope: `tenants/${id}`, version: 1 }]);
      expect([id, (await lab.as('some').get(path)).status]).toEqual([id, id === 'a/b' ? 200 : 404]);
      const scope = encodeURIComponent(`tenants/${id}`);
      expect((await lab.as('root').get(`/audit?scope=${scope}&action=config.set`)).body.items).toHaveLength(1);
    }
  });

  it('is no other caller: who `auth` knows and who has a grant are compared in one form', async () => {
    const grant = { verbs: ['view'], scope: 'tenants/x', config: '*' };
    const give = (who: string) => lab.as('root').send('POST', '/grants', { who, ...grant });
    expect(await give('user:cafe\u0301')).toMatchObject({ status: 400, body: { code: 'NOT_CANONICAL' } });
    expect(await give('user:caf\u00e9')).toMatchObject({ status: 201 });
    expect(await give('group:\u00e9quipe')).toMatchObject({ status: 201 });
    await using other = await createAdmin({
      ...{ orm: lab.system.orm, client: lab.client },
      auth: () => ({ id: 'cafe\u0301', groups: ['e\u0301quipe'] }),
    });
    const { body } = await callerOf(other, {}).get('/me');
    expect(body).toMatchObject({ id: 'caf\u00e9', grants: [{ who: 'user:caf\u00e9' }, { who: 'group:\u00e9quipe' }] });
  });
});
