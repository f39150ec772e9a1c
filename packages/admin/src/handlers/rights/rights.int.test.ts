import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { lab, mode, openLab, secret, useLab } from '../../admin.fixture.ts';

useLab();
const root = () => lab.as('root');
const grant = (who: string, verbs: string[], scope: string, config = '*') => ({ who, verbs, scope, config });

describe('a right', () => {
  it('holds with the answer that gave it, and no longer than the answer that takes it', async () => {
    const read = () => lab.as('ann').get('/tenants/acme/configs/mode');
    expect((await read()).status).toBe(404);
    const given = await root().send('POST', '/grants', {
      ...grant('user:ann', ['view'], 'tenants/acme'),
      reason: 'T-1',
    });
    expect(given).toMatchObject({ status: 201, body: { who: 'user:ann', createdBy: 'root' } });
    expect((await read()).status).toBe(200);
    expect((await lab.as('ann').get('/me')).body).toMatchObject({
      id: 'ann',
      grants: [{ id: given.body.id }],
      version: '0.1.0',
    });
    expect((await root().send('DELETE', `/grants/${given.body.id}?reason=left`)).status).toBe(204);
    expect((await read()).status).toBe(404);
    expect((await root().send('DELETE', `/grants/${given.body.id}`)).status).toBe(404);
    expect((await root().get('/audit?scope=tenants/acme')).body.items).toMatchObject([
      { action: 'grant.take', reason: 'left', via: 'admin 127.0.0.1' },
      { action: 'grant.give', reason: 'T-1' },
    ]);
  });

  it('of a group is held by its members', async () => {
    await root().send('POST', '/grants', grant('group:ops', ['edit'], 'tenants/grouped'));
    expect((await lab.as('eve', 'ops').get('/tenants/grouped/configs/mode')).status).toBe(200);
    expect((await lab.as('eve', 'dev').get('/tenants/grouped/configs/mode')).status).toBe(404);
  });

  // B11
  it('that another process takes away is gone with the next call after its stream has ended', async () => {
    const { id } = await lab.grants.give({ who: 'user:dora', verbs: ['edit'], scope: 'tenants/acme' });
    const dora = lab.as('dora');
    await eventually(async () => (await dora.get('/tenants/acme/configs/mode')).status === 200);
    const request = new Request('http://localhost/api/v1/tenants/acme/events', { headers: { 'x-user': 'dora' } });
    const stream = await lab.admin.fetch(request, { address: '127.0.0.1' });
    expect(stream.status).toBe(200);
    await lab.grants.take(id);
    // It ends by itself: nobody asks for anything meanwhile.
    expect(await stream.text()).toMatch(/event: rights\ndata: \{\}\n\n$/);
    expect((await dora.get('/tenants/acme/configs/mode')).status).toBe(404);
    expect((await dora.get('/tenants/acme/events')).status).toBe(404);
    const put = dora.send('PUT', '/tenants/acme/configs/mode', { json: '"on"' }, { 'if-match': '*' });
    expect((await put).status).toBe(404);
  });
});

// B7
describe('who may give', () => {
  it('gives and takes what they hold, for no more and no longer, and sees what they could give', async () => {
    await root().send('POST', '/grants', grant('user:gil', ['edit', 'grant'], 'tenants/gil'));
    const give = (body: object) => lab.as('gil').send('POST', '/grants', body);
    const given = await give(grant('user:pia', ['view'], 'tenants/gil', 'mode'));
    expect(given.status).toBe(201);
    for (const more of [
      grant('user:gil', ['reveal'], 'tenants/gil'),
      grant('user:gil', ['edit'], 'tenants/other'),
      grant('user:gil', ['edit'], 'tenants/*'),
      grant('user:gil', ['edit'], '*'),
      grant('*', ['operate'], 'installation'),
    ])
      expect(await give(more)).toMatchObject({ status: 403, body: { code: 'NOT_ALLOWED' } });
    const foreign = await root().send('POST', '/grants', grant('user:pia', ['reveal'], 'tenants/gil'));
    expect(await lab.as('gil').send('DELETE', `/grants/${foreign.body.id}`)).toMatchObject({ status: 403 });
    const elsewhere = await root().send('POST', '/grants', grant('user:pia', ['list'], 'tenants/zeta'));
    const [hidden, missing] = [elsewhere.body.id, 999_999].map(id => lab.as('gil').send('DELETE', `/grants/${id}`));
    expect((await hidden)?.text).toBe((await missing)?.text);
    const seen = (await lab.as('gil').get('/grants')).body.items;
    expect(seen.map(({ who, scope }: never) => [who, scope])).toEqual([
      ['user:gil', 'tenants/gil'],
      ['user:pia', 'tenants/gil'],
      ['user:pia', 'tenants/gil'],
    ]);
    expect((await lab.as('pia').get('/grants')).body.items).toHaveLength(3);
    expect((await lab.as('gil').send('DELETE', `/grants/${given.body.id}`)).status).toBe(204);
    expect((await lab.as('gil').get('/grants?who=user:gil')).body.items).toHaveLength(1);
  });

  it('and loses the right cannot give any more, whoever was first', async () => {
    const { body } = await root().send('POST', '/grants', grant('user:race', ['view', 'grant'], 'tenants/race'));
    const [taken, given] = await Promise.all([
      root().send('DELETE', `/grants/${body.id}`),
      lab.as('race').send('POST', '/grants', grant('user:late', ['view'], 'tenants/race')),
    ]);
    expect(taken.status).toBe(204);
    expect([201, 403]).toContain(given.status);
    expect((await lab.as('race').send('POST', '/grants', grant('user:late', ['list'], 'tenants/race'))).status).toBe(
      403,
    );
  });

  it.each([
    grant('ann', ['view'], '*'),
    grant('user:ann', ['fly'], '*'),
    grant('user:ann', [], '*'),
    grant('user:ann', ['view'], 'tenant:acme'),
    grant('user:ann', ['view'], 'tenants/'),
    { ...grant('user:ann', ['view'], '*'), expiresAt: 5 },
    { ...grant('user:ann', ['view'], '*'), id: '5' },
  ])('is told of what is no right: %j', async body => {
    expect((await root().send('POST', '/grants', body)).status).toBe(400);
  });
});

describe('the audit log', () => {
  it('has what the caller may audit, without values that the caller may not view', async () => {
    await lab.store.runAs({ actor: 'ann', reason: 'why' }, async () => {
      await lab.store.tenant('aud1').set(mode, 'on');
      await lab.store.tenant('aud2').set(mode, 'on');
      await lab.store.tenant('aud1').set(secret, { key: 'hunter2' });
    });
    await lab.give({ who: 'user:audrey', verbs: ['audit'], scope: 'tenants/aud1' });
    const all = (await lab.as('audrey').get('/audit?actor=ann')).body.items;
    expect(all.map(({ config, scope }: never) => [config, scope])).toEqual([
      ['token', 'tenants/aud1'],
      ['mode', 'tenants/aud1'],
    ]);
    expect(all[1]).toMatchObject({ action: 'config.set', version: 1, reason: 'why', diff: [{ op: 'add', path: '' }] });
    expect(JSON.stringify(all)).not.toMatch(/"on"|hunter2/);
    expect((await root().get('/audit?scope=tenants/aud1&config=mode')).body.items[0].diff).toEqual([
      { op: 'add', path: '', value: 'on' },
    ]);
    expect((await lab.as('audrey').get('/audit?scope=tenants/aud2')).body).toEqual({ items: [] });
    expect((await lab.as('stranger').get('/audit')).status).toBe(403);
    const page = (await lab.as('audrey').get('/audit?actor=ann&limit=1')).body;
    expect((await lab.as('audrey').get(`/audit?actor=ann&limit=1&cursor=${page.cursor}`)).body.items[0].config).toBe(
      'mode',
    );
  });

  it('leaves as lines, oldest first', async () => {
    const exported = await root().get('/audit/export?scope=tenants/aud1');
    expect(exported.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = exported.text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines.map(({ config }) => config)).toEqual(['mode', 'token', undefined]);
    expect((await lab.as('audrey').get('/audit/export')).text.trim().split('\n')).toHaveLength(3);
  });
});

// B24
it('a call of nobody is told so, as a problem and never as a page', async () => {
  const answered = await lab.as('').get('/me', { accept: 'text/html' });
  expect(answered).toMatchObject({ status: 401, body: { code: 'NOT_SIGNED_IN' } });
  expect(answered.headers.get('content-type')).toBe('application/problem+json');
  expect((await lab.as('').get('/openapi.json')).status).toBe(200);
});

// B25
it('a change that another site could make a browser send is refused', async () => {
  for (const site of ['cross-site', 'same-site', '']) {
    const sent = await root().send('POST', '/grants', grant('user:eve', ['view'], '*'), { 'sec-fetch-site': site });
    expect(sent).toMatchObject({ status: 403, body: { code: 'CROSS_SITE' } });
  }
});

describe('where the options name no admins', () => {
  it('the last right to give everywhere stays, whoever takes it, also of two who take it from each other at once', async () => {
    await using bare = await openLab({ admin: { admins: [] } });
    const all = ['edit', 'grant'] as const;
    await bare.give({ who: 'user:ann', verbs: all, scope: '*' });
    const [ann] = (await bare.as('ann').get('/grants')).body.items;
    const take = (user: string, { id }: { id: string }) => bare.as(user).send('DELETE', `/grants/${id}`);
    expect(await take('ann', ann)).toMatchObject({
      ...{ status: 409, body: { code: 'LAST_GRANT', retryable: false } },
      body: { details: { verbs: ['list', 'view', 'edit', 'grant'] } },
    });
    // Neither somebody with less, nor somebody for a while, nor somebody in one place could give all of it.
    await bare.give({ who: 'user:part', verbs: ['view', 'grant'], scope: '*' });
    await bare.give({ who: 'user:while', verbs: all, scope: '*', expiresAt: Date.now() + 3_600_000 });
    await bare.give({ who: 'user:place', verbs: all, scope: 'tenants/*' });
    expect(await take('ann', ann)).toMatchObject({ status: 409, body: { details: { verbs: ['edit'] } } });
    await bare.give({ who: 'user:bob', verbs: all, scope: '*' });
    const bob = (await bare.as('bob').get('/grants?who=user:bob')).body.items[0];
    const both = await Promise.all([take('ann', bob), take('bob', ann)]);
    expect(both.map(({ status }) => status).sort()).toEqual([204, expect.any(Number)]);
    expect(['LAST_GRANT', 'NOT_ALLOWED', 'NOT_FOUND']).toContain(both.find(({ status }) => status !== 204)?.body.code);
    expect(
      (await bare.grants.all()).filter(({ verbs, scope }) => scope === '*' && verbs.includes('edit')),
    ).toHaveLength(2);
    // What is no right to give goes.
    const [left] = (await bare.grants.all()).filter(
      ({ verbs, scope, expiresAt }) => scope === '*' && verbs.includes('edit') && !expiresAt,
    );
    const winner = left?.who.slice(5) as string;
    const given = await bare.as(winner).send('POST', '/grants', grant('user:eve', ['edit'], '*'));
    expect((await take(winner, given.body)).status).toBe(204);
    // A program is not asked.
    await bare.grants.take(left?.id as number);
  });

  it('and where they name one, everything may be taken', async () => {
    await lab.give({ who: 'user:last', verbs: ['edit', 'grant'], scope: '*' });
    const [last] = (await root().get('/grants?who=user:last')).body.items;
    expect((await lab.as('last').send('DELETE', `/grants/${last.id}`)).status).toBe(204);
  });
});
