import { expect, it } from 'vitest';
import { CANARY, callerOf, lab, limit, secret, useLab } from '../admin.fixture.ts';
import { trustedHeader } from '../auth/trusted-header.ts';
import { createAdmin } from '../create-admin.ts';

useLab();
/** A text, and all that anybody could decode in it: a cursor may have another one in it. */
function readable(text: string, depth = 3): string {
  if (depth === 0) return text;
  const runs = text.match(/[\w-]{8,}/g) ?? [];
  const decoded = runs.flatMap(run =>
    [0, 1, 2, 3].map(at => readable(Buffer.from(run.slice(at), 'base64url').toString('latin1'), depth - 1)),
  );
  return [text, ...decoded].join(' ');
}

const preview = (user: string, changes: object[]) => lab.as(user).send('POST', '/preview', { changes });

// B2
it('a preview shows no value of a group that the caller may not view, nor whether there is one', async () => {
  await lab.store.scopes.setGroup('hidden');
  await lab.store.group('hidden').set(limit, 424_242);
  await lab.store.tenant('peter').set(limit, 1);
  await lab.store.tenant('peter').unset(limit);
  await lab.give({ who: 'user:peter', verbs: ['view'], scope: 'tenants/peter' });
  const of = (group: string) => preview('peter', [{ scope: 'tenants/peter', groups: [group] }]);
  const [hidden, missing] = [await of('hidden'), await of('missing')];
  expect(hidden).toMatchObject({ status: 422, body: { code: 'UNKNOWN_GROUP' } });
  expect(hidden.text.replaceAll('hidden', 'missing')).toBe(missing.text);
  await lab.give({ who: 'user:peter', verbs: ['list'], scope: 'groups/hidden' });
  expect(await of('hidden')).toMatchObject({ status: 403, body: { details: { verb: 'view' } } });
  await lab.give({ who: 'user:peter', verbs: ['view'], scope: 'groups/hidden' });
  expect((await of('hidden')).body.changed).toMatchObject([{ scope: 'tenants/peter', afterJson: '424242' }]);
});

// B2 B22
it('a preview of other groups does not tell whether two secrets are the same', async () => {
  for (const group of ['vault-a', 'vault-b']) await lab.store.scopes.setGroup(group);
  await lab.store.group('vault-a').set(secret, { key: CANARY });
  await lab.store.scopes.set('vera', ['vault-a']);
  for (const scope of ['tenants/vera', 'groups/vault-b'] as const)
    await lab.give({ who: 'user:vera', verbs: ['edit'], scope });
  await lab.give({ who: 'user:vera', verbs: ['view'], scope: 'groups/vault-a' });
  const guessed = async (key: string) => {
    await lab.store.group('vault-b').set(secret, { key });
    return (await preview('vera', [{ scope: 'tenants/vera', groups: ['vault-b'] }])).text;
  };
  expect(await guessed(CANARY)).toBe(await guessed('miss'));
});

// B2
it('the cursor of a page that is empty for the caller does not name what was left out', async () => {
  for (let i = 0; i < 60; i++) await lab.store.tenant(`zzhidden${i}`).set(limit, i);
  await lab.store.scopes.setGroup('open');
  for (let i = 0; i < 60; i++) await lab.store.scopes.set(`zzhidden${i}`, ['open']);
  await lab.store.tenant('zzseen').set(limit, 1);
  for (const scope of ['global', 'groups/open', 'tenants/zzseen'] as const)
    await lab.give({ who: 'user:carl', verbs: ['view'], scope });
  const carl = lab.as('carl');
  let pages = 0;
  for (const path of [
    '/global/configs/app%2Flimit/overrides',
    '/groups/open/members',
    '/definitions/app%2Flimit/matrix',
  ]) {
    let cursor: string | undefined;
    do {
      const page = await carl.get(`${path}?limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      expect(page.status).toBe(200);
      cursor = page.body.cursor;
      pages++;
      expect(readable(page.text)).not.toContain('zzhidden');
      if (cursor !== undefined) expect((await lab.as('root').get(`${path}?limit=1&cursor=${cursor}`)).status).toBe(400);
    } while (cursor !== undefined);
  }
  expect(pages).toBeGreaterThan(4);
});

// B4
it('the next page may come from another process than the page before', async () => {
  await using other = await createAdmin({
    ...{ orm: lab.system.orm, client: lab.client, admins: ['user:root'] },
    auth: trustedHeader({ header: 'x-user', from: ['127.0.0.1'] }),
  });
  const there = (user: string) => callerOf(other, { 'x-user': user });
  for (const user of ['root', 'carl']) {
    const path = '/groups/open/members?limit=1';
    const { cursor } = (await lab.as(user).get(path)).body;
    const [next, same] = [await there(user).get(`${path}&cursor=${cursor}`), await there(user).get(path)];
    expect([next.status, next.body]).toEqual([200, (await lab.as(user).get(`${path}&cursor=${cursor}`)).body]);
    expect(same.body.cursor).toBe(cursor);
  }
});

// B2
it('who may audit one config of a scope is not told of rights to others', async () => {
  await lab.give({ who: 'user:amy', verbs: ['audit'], scope: 'tenants/audited', config: 'mode' });
  await lab.give({ who: 'user:ian', verbs: ['reveal'], scope: 'tenants/audited', config: 'tok*' });
  await lab.give({ who: 'user:ian', verbs: ['view'], scope: 'tenants/audited', config: 'mode' });
  const entries = (await lab.as('amy').get('/audit')).body.items;
  expect(entries).toMatchObject([{ config: 'mode' }, { config: 'mode' }]);
  expect((await lab.as('root').get('/audit?scope=tenants/audited')).body.items).toHaveLength(3);
});
