import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { mode, openLab } from '../../admin.fixture.ts';
import { oidc } from './oidc.ts';
import { type Account, CLIENT, follow, startProvider } from './provider.fixture.ts';

it('a person signs in at a real provider, does what the groups may, loses it with the grant, and signs out', async () => {
  const account: { current: Account } = {
    current: { accountId: 'ann', claims: { name: 'Ann', groups: ['ops'] } },
  };
  const provider = await startProvider(account);
  const publicUrl = 'http://127.0.0.1:4000';
  const auth = oidc({
    ...{ issuer: provider.issuer, ...CLIENT, publicUrl },
    sessionSecret: 'the secret of sessions, of this test only',
  });
  const page = async () => new Response('the page', { headers: { 'content-type': 'text/html' } });
  const lab = await openLab({ admin: { auth, page } });
  try {
    const { url } = await lab.admin.listen(0);
    const cookies = new Map<string, string>();
    const browser = async (path: string, init: RequestInit = {}) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const headers = { cookie, accept: 'text/html', 'sec-fetch-site': 'same-origin', ...init.headers };
      const response = await fetch(url + path, { redirect: 'manual', ...init, headers });
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    };
    const locationOf = (response: Response) => response.headers.get('location') ?? '';

    // The API is no page: nobody is sent anywhere.
    expect((await browser('/api/v1/me')).status).toBe(401);
    const sent = await browser('/tenants/acme', {
      headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    });
    expect([sent.status, locationOf(sent)]).toEqual([302, '/login?to=%2Ftenants%2Facme']);
    const begun = await browser(locationOf(sent));
    expect(locationOf(begun)).toMatch(new RegExp(`^${provider.issuer}/auth\\?`));
    const back = new URL(await follow(locationOf(begun), publicUrl));
    const done = await browser(back.pathname + back.search);
    expect([done.status, locationOf(done)]).toEqual([302, '/tenants/acme']);
    expect(await (await browser('/tenants/acme')).text()).toBe('the page');
    expect(await (await browser('/api/v1/me')).json()).toMatchObject({ id: 'ann', groups: ['ops'] });

    const config = '/api/v1/tenants/acme/configs/mode';
    expect((await browser(config)).status).toBe(404);
    const { id } = await lab.grants.give({ who: 'group:ops', verbs: ['edit'], scope: 'tenants/acme' });
    const events = await eventually(async (): Promise<Response> => {
      const response = await browser('/api/v1/tenants/acme/events');
      expect(response.status).toBe(200);
      return response;
    });
    const put = await browser(config, {
      ...{ method: 'PUT', body: JSON.stringify({ json: '"on"' }) },
      headers: { 'content-type': 'application/json', 'if-none-match': '*' },
    });
    expect(put.status).toBe(200);
    expect((await lab.store.tenant('acme').get(mode))?.value).toBe('on');
    expect((await lab.store.tenant('acme').history(mode)).items[0]).toMatchObject({ actor: 'ann' });

    await lab.grants.take(id);
    expect(await events.text()).toContain('event: rights');
    expect((await browser(config)).status).toBe(404);

    const out = await browser('/logout');
    expect(locationOf(out)).toMatch(new RegExp(`^${provider.issuer}/session/end\\?`));
    expect((await browser('/api/v1/me')).status).toBe(401);
  } finally {
    await lab[Symbol.asyncDispose]();
    await provider.close();
  }
});
