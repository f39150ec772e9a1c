import { describe, expect, it } from 'vitest';
import { lab, secret, useLab } from '../../admin.fixture.ts';

useLab();

const root = () => lab.as('root');
let tenants = 0;
const fresh = () => `secret${++tenants}`;

describe('a secret', () => {
  it('is masked, stays what it was where the mask is written back, and is shown to who may reveal it, who is written down', async () => {
    const tenant = fresh();
    const path = `/tenants/${tenant}/configs/token`;
    await lab.store.tenant(tenant).set(secret, { key: 'hunter2', list: ['a'] });
    const read = await root().get(path);
    expect(read.body).toMatchObject({ masked: true, json: '{"key":"******","list":["******"]}' });
    await root().send('PUT', path, { json: '{"key":"******","list":["b"]}' }, { 'if-match': read.etag });
    const revealed = await root().send('POST', `${path}/reveal`, { reason: 'incident 7' });
    expect(revealed.body).toEqual({ version: 2, json: '{"key":"hunter2","list":["b"]}' });
    expect(revealed.headers.get('cache-control')).toBe('no-store');
    expect(revealed.etag).toBe('');
    expect((await root().send('POST', `${path}/reveal`, { version: 1, reason: 'before' })).body.json).toContain(
      '["a"]',
    );
    const { body } = await root().get(`/audit?scope=tenants/${tenant}&action=config.reveal`);
    expect(body.items).toMatchObject([
      { actor: 'root', reason: 'before', version: 1, via: 'admin 127.0.0.1' },
      { actor: 'root', reason: 'incident 7', version: 2, config: 'token' },
    ]);
    expect(await root().send('POST', `${path}/reveal`, {})).toMatchObject({ status: 400 });
  });

  it('is not revealed without a reason', async () => {
    const path = `/tenants/${fresh()}/configs/token/reveal`;
    // Nor with one that nobody can read.
    for (const reason of ['', '  ', '\n', '\u200b', '\u00ad\u2060', '\u3164', '\u2800', '\u202e '])
      expect(await root().send('POST', path, { reason })).toMatchObject({
        status: 400,
        body: { code: 'INVALID_REQUEST' },
      });
  });

  it('is previewed as it would be written: its mask is what is set, or is refused', async () => {
    const tenant = fresh();
    await lab.store.tenant(tenant).set(secret, { key: 'hunter2', list: ['a'] });
    const preview = (value: object) =>
      root().send('POST', '/preview', {
        changes: [{ scope: `tenants/${tenant}`, config: 'token', json: JSON.stringify(value) }],
      });
    expect((await preview({ key: '******', list: ['******'] })).body).toMatchObject({ changed: [] });
    expect((await preview({ key: '******', list: ['b'] })).body.changed).toHaveLength(1);
    expect(await preview({ key: '******', list: ['******', '******'] })).toMatchObject({
      status: 422,
      body: { code: 'INVALID_VALUE' },
    });
  });

  it('whose mask stands for nothing is refused: the mask is never the secret', async () => {
    const path = `/tenants/${fresh()}/configs/token`;
    const put = await root().send('PUT', path, { json: '{"key":"******"}' }, { 'if-none-match': '*' });
    expect(put).toMatchObject({ status: 422, body: { code: 'INVALID_VALUE' } });
  });
});
