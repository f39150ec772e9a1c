import { describe, expect, it } from 'vitest';
import { lab, useLab } from '../admin.fixture.ts';

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
      'caf%C3%A9.',
      'caf%C3%A9%20',
      '%EF%BB%BFcaf%C3%A9',
      'caf%E9',
      'caf%C3%A9%2F',
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
      'tenants/x.',
      'tenants/ x',
      'groups/eu//west',
      'tenants/a\u0000b',
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
  });
});
