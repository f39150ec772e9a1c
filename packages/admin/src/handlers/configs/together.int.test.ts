import { beforeEach, describe, expect, it } from 'vitest';
import { CANARY, lab, later, limit, mode, seats, secret, useLab } from '../../admin.fixture.ts';

useLab();

let tenant: string;
let count = 0;
beforeEach(() => {
  tenant = `t${++count}`;
});

const root = () => lab.as('root');
const ORIGIN = 'file:ci:tenants/x/mode.yaml#1f';

describe('a bulk with groups', () => {
  it('is one transaction with them: one message to readers, or nothing of it', async () => {
    await lab.store.scopes.setGroup('gold');
    const bulk = (ifVersion: number) =>
      root().send('POST', `/tenants/${tenant}/configs`, {
        changes: [{ config: 'mode', json: '"on"', ifVersion, origin: ORIGIN }],
        groups: { groups: ['gold'], ifVersion: 0, origin: ORIGIN },
        reason: 'T-1',
      });
    expect(await bulk(7)).toMatchObject({ status: 412, body: { details: { config: 'mode', currentVersion: 0 } } });
    expect(await lab.store.scopes.get(tenant)).toEqual([]);
    expect(await bulk(0)).toMatchObject({
      ...{ status: 200, body: { results: [{ config: 'mode', version: 1 }], groups: { version: 1 } } },
    });
    expect(await lab.store.scopes.get(tenant)).toEqual(['gold']);
    expect((await lab.store.tenant(tenant).history(mode)).items[0]).toMatchObject({
      ...{ origin: ORIGIN, reason: 'T-1', actor: 'root' },
    });
    expect(await bulk(1)).toMatchObject({ status: 412, body: { details: { config: '@groups', currentVersion: 1 } } });
    expect(await lab.store.tenant(tenant).get(mode)).toMatchObject({ version: 1 });
  });

  it('holds up nobody who writes another scope, for as long as it takes', async () => {
    await lab.store.scopes.setGroup('gold');
    const orm = lab.system.orm;
    const connection = orm.em.getConnection('write') as unknown as {
      commit(...args: unknown[]): Promise<void>;
      execute(sql: string, params: unknown[], method: 'all', transaction: unknown): Promise<unknown[]>;
    };
    const { commit } = connection;
    const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    // That of the bulk, and no other one: a transaction sees only rows of its own that nobody has published.
    const ITS_ROWS = `select 1 from tenantry_outbox where tenant = 'y-${tenant}'`;
    connection.commit = async (...args) => {
      if ((await connection.execute(ITS_ROWS, [], 'all', args[0])).length === 0) return commit.apply(connection, args);
      connection.commit = commit;
      asked.resolve();
      await held.promise;
      return commit.apply(connection, args);
    };
    const changes = [{ config: 'mode', json: '"on"', ifVersion: 0 }];
    const body = { changes, groups: { groups: ['gold'], ifVersion: 0 } };
    const bulk = root().send('POST', `/tenants/y-${tenant}/configs`, body);
    await asked.promise;
    try {
      for (const id of ['a', 'x', 'z'])
        expect(await lab.store.tenant(`${id}-${tenant}`).set(mode, 'on')).toMatchObject({ version: 1 });
    } finally {
      held.resolve();
    }
    expect(await bulk).toMatchObject({ status: 200 });
  });

  it('makes a group and sets values in it at once; groups alone will do, and nothing at all will not', async () => {
    const path = `/groups/g-${tenant}/configs`;
    const made = await root().send('POST', path, {
      changes: [{ config: 'app/limit', json: '4', ifVersion: 0 }],
      groups: { groups: [], ifVersion: 0 },
    });
    expect(made).toMatchObject({ status: 200, body: { groups: { version: 1 } } });
    expect(await lab.store.group(`g-${tenant}`).get(limit)).toMatchObject({ value: 4 });
    const alone = { changes: [], groups: { groups: [`g-${tenant}`], ifVersion: 0 } };
    expect(await root().send('POST', `/tenants/${tenant}/configs`, alone)).toMatchObject({ body: { results: [] } });
    expect(await root().send('POST', path, { changes: [] })).toMatchObject({ status: 400 });
    expect(await root().send('POST', '/global/configs', alone)).toMatchObject({ status: 400 });
  });

  it('takes the right to change groups, and to see those that are joined', async () => {
    await lab.store.scopes.setGroup('closed');
    await lab.give({ who: `user:ed-${tenant}`, verbs: ['edit'], scope: `tenants/${tenant}`, config: '*' });
    await lab.give({ who: `user:one-${tenant}`, verbs: ['edit'], scope: `tenants/${tenant}`, config: 'mode' });
    const body = {
      changes: [{ config: 'mode', json: '"on"', ifVersion: 0 }],
      groups: { groups: ['closed'], ifVersion: 0 },
    };
    const path = `/tenants/${tenant}/configs`;
    expect(await lab.as(`ed-${tenant}`).send('POST', path, body)).toMatchObject({ status: 422 });
    const none = { ...body, groups: { groups: [], ifVersion: 0 } };
    expect(await lab.as(`one-${tenant}`).send('POST', path, none)).toMatchObject({ status: 403 });
    expect(await lab.store.tenant(tenant).get(mode)).toBeUndefined();
    expect(await lab.as(`ed-${tenant}`).send('POST', path, none)).toMatchObject({ status: 200 });
  });

  it('many of them beside each other are all written, or say why', async () => {
    await lab.store.scopes.setGroup('crowd');
    const tenants = Array.from({ length: 30 }, (_, i) => `${tenant}-${i}`);
    const answers = await Promise.all(
      tenants.map(each =>
        root().send('POST', `/tenants/${each}/configs`, {
          changes: [{ config: 'seats', json: '{"seats":2}', ifVersion: 0 }],
          groups: { groups: ['crowd'], ifVersion: 0 },
        }),
      ),
    );
    expect(answers.map(({ status, text }) => (status === 200 ? status : text))).toEqual(tenants.map(() => 200));
  });

  it('an origin is one of a file: none that another write gets', async () => {
    for (const origin of [
      'api',
      'rollback of 1',
      'file:a b:x',
      `file:x:${'y'.repeat(255)}`,
      'file:x:y\n',
      'file:x:\u001b[2Jy',
      'file:x:\u202ey',
    ]) {
      const change = { config: 'mode', json: '"on"', ifVersion: 0, origin };
      const answer = await root().send('POST', `/tenants/${tenant}/configs`, { changes: [change] });
      expect([origin, answer.status]).toEqual([origin, 400]);
    }
  });
});

describe('what many scopes have', () => {
  const stored = (body: object, user = 'root') => lab.as(user).send('POST', '/stored', body);

  it('comes with versions, origins and groups, in the order of the scopes; secrets are masked', async () => {
    await lab.store.scopes.setGroup('stored');
    await lab.store.scopes.set(tenant, ['stored'], { actor: 'ann', origin: ORIGIN });
    const configs = lab.store.tenant(tenant);
    await configs.set(mode, 'on', { origin: ORIGIN, actor: 'ann' });
    await configs.set(seats, { seats: 3 });
    await configs.unset(seats);
    await configs.set(secret, { key: CANARY });
    await configs.set(later, 5);
    const { body, text } = await stored({ scopes: ['groups/stored', 'tenants/never', `tenants/${tenant}`, 'global'] });
    expect(text).not.toContain(CANARY);
    expect(body.scopes.map(({ scope }: { scope: string }) => scope)).toEqual([
      ...['groups/stored', 'tenants/never', `tenants/${tenant}`, 'global'],
    ]);
    expect(body.scopes[0]).toEqual({
      scope: 'groups/stored',
      groups: { version: 1, groups: [], origin: 'api' },
      configs: [],
    });
    expect(body.scopes[1]).toEqual({ scope: 'tenants/never', configs: [] });
    expect(body.scopes[2].groups).toEqual({ version: 1, groups: ['stored'], updatedBy: 'ann', origin: ORIGIN });
    expect(body.scopes[2].configs).toEqual(
      expect.arrayContaining([
        { name: 'mode', version: 1, set: true, json: '"on"', updatedBy: 'ann', origin: ORIGIN },
        { name: 'seats', version: 2, set: false, origin: 'api' },
        { name: 'later', version: 1, set: true, json: '5' },
        expect.objectContaining({ name: 'token', set: true, json: expect.stringContaining('*') }),
      ]),
    );
    const one = await stored({ scopes: [`tenants/${tenant}`], configs: ['mode'] });
    expect(one.body.scopes[0].configs.map(({ name }: { name: string }) => name)).toEqual(['mode']);
    const listed = await root().get(`/tenants/${tenant}/configs`);
    expect(listed.body.items.find(({ name }: { name: string }) => name === 'mode')).toMatchObject({ origin: ORIGIN });
  });

  it('has of each scope what the caller may see, and of one that it may not see nothing: 404', async () => {
    for (const each of [tenant, `${tenant}-other`]) await lab.store.tenant(each).set(mode, 'on', { origin: ORIGIN });
    await lab.store.tenant(tenant).set(seats, { seats: 3 });
    await lab.give({ who: `user:li-${tenant}`, verbs: ['list'], scope: `tenants/${tenant}`, config: 'mode' });
    const seen = await stored({ scopes: [`tenants/${tenant}`] }, `li-${tenant}`);
    expect(seen.body.scopes).toEqual([
      { scope: `tenants/${tenant}`, configs: [{ name: 'mode', version: 1, set: true }] },
    ]);
    for (const scope of [`tenants/${tenant}-other`, 'tenants/never-was', 'global'])
      expect(await stored({ scopes: [`tenants/${tenant}`, scope] }, `li-${tenant}`)).toMatchObject({
        status: 404,
        body: { code: 'NOT_FOUND', detail: expect.stringContaining(scope) },
      });
    const listed = await lab.as(`li-${tenant}`).get(`/tenants/${tenant}/configs`);
    expect(listed.text).not.toContain('file:');
    expect(await stored({ scopes: [`tenants/${tenant}`], configs: ['nope'] })).toMatchObject({ status: 404 });
    // Neither does it learn which configs there are.
    const asked = (config: string) =>
      stored({ scopes: [`tenants/${tenant}`], configs: [config] }, `li-${tenant}`).then(({ status, body }) => [
        status,
        body,
      ]);
    expect(await asked('seats')).toEqual(await asked('nope'));
    expect(await asked('mode')).toEqual([200, seen.body]);
  });

  it('comes in several answers where it is long', async () => {
    const name = 'x'.repeat(60_000);
    const scopes = Array.from({ length: 25 }, (_, i) => `tenants/${tenant}-${i}`);
    for (let i = 0; i < scopes.length; i++) await lab.store.tenant(`${tenant}-${i}`).set(seats, { seats: i, name });
    const found: string[] = [];
    let answers = 0;
    for (let rest = scopes; rest.length > 0; rest = scopes.slice(found.length), answers++) {
      const { body } = await stored({ scopes: rest });
      expect(body.scopes.length).toBeGreaterThan(0);
      for (const { configs } of body.scopes) found.push(configs[0].json);
    }
    expect(found.map(json => JSON.parse(json).seats)).toEqual(scopes.map((_, i) => i));
    expect(answers).toBe(2);
  });
});

it('what a loader has set is listed page by page for those who may view it, as long as nobody has replaced it', async () => {
  const tenants = ['a', 'b', 'c'].map(each => `own-${tenant}-${each}`);
  const origin = `file:${tenant}:tenants/x/mode.yaml#1f`;
  for (const each of tenants) await lab.store.tenant(each).set(mode, 'on', { origin });
  await lab.store.tenant(tenants[0] as string).set(seats, { seats: 1 }, { origin: `file:${tenant}x:y#1f` });
  await lab.store.tenant(tenants[1] as string).set(mode, 'off');
  const owned = (query: string, user = 'root') => lab.as(user).get(`/owned?loader=${tenant}${query}`);
  const first = await owned('&limit=1');
  expect(first.body.items).toEqual([{ scope: `tenants/${tenants[0]}`, config: 'mode', version: 1, origin }]);
  const second = await owned(`&limit=1&cursor=${encodeURIComponent(first.body.cursor)}`);
  expect(second.body).toEqual({ items: [expect.objectContaining({ scope: `tenants/${tenants[2]}` })] });
  await lab.give({ who: `user:vi-${tenant}`, verbs: ['view'], scope: `tenants/${tenants[2]}`, config: 'mode' });
  expect((await owned('', `vi-${tenant}`)).body.items).toEqual([expect.objectContaining({ version: 1, origin })]);
  // As a loader takes groups away: a tenant is in none then.
  const groups = `file:${tenant}:tenants/x/@groups.yaml`;
  await lab.store.scopes.set(tenants[1] as string, [], { origin: `${groups}#gone` });
  await lab.store.tenant(tenants[0] as string).unset(mode, { origin: `${origin.replace('1f', 'gone')}` });
  await lab.store.scopes.set(tenants[2] as string, [], { origin: `${groups}#1f` });
  expect((await owned('')).body.items.map((each: { config: string }) => each.config)).toEqual(['@groups', 'mode']);
  expect(await lab.as('root').get('/owned?loader=a%20b')).toMatchObject({ status: 400 });
  expect(await lab.as('root').get('/owned')).toMatchObject({ status: 400 });
});
