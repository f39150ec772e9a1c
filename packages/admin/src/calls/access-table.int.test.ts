import { pathsOf, ROUTES, type Route, type RouteId } from '@tenantry/admin-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { Plan } from '../../../mikro-orm/src/plans.fixture.ts';
import { type Answered, lab, mode, seats, useLab } from '../admin.fixture.ts';
import { ACCESS, ROLES, TARGETS } from './access-table.fixture.ts';

const asked: string[] = [];
useLab({ system: { orm: { debug: ['query'], colors: false, logger: line => void asked.push(line) } } });

/** What the database was asked since `asked` was emptied: the kinds of questions. Rights are read again now and then, whatever is called. */
function kindsAsked(): string[] {
  return asked.filter(line => !line.includes('tenantry_grant')).map(line => line.replaceAll(/'[^']*'|\d+/g, '?'));
}

/** What a caller could tell two answers apart by. */
function seenOf({ status, text, headers }: Answered, kinds: readonly string[]) {
  return { status, text, headers: Object.fromEntries(headers), asked: kinds };
}

const VERBS = {
  lister: 'list',
  viewer: 'view',
  editor: 'edit',
  revealer: 'reveal',
  auditor: 'audit',
  granter: 'grant',
} as const;
const SCOPES = {
  own: 'tenants/own',
  other: 'tenants/other',
  global: 'global',
  group: 'groups/eu',
  unknown: 'tenants/unknown',
};
let record = '';

beforeAll(async () => {
  for (const [role, verb] of Object.entries(VERBS))
    await lab.give({ who: `user:${role}`, verbs: [verb], scope: 'tenants/own' });
  await lab.give({ who: 'user:operator', verbs: ['operate'], scope: 'installation' });
  await lab.store.scopes.setGroup('eu');
  for (const tenant of ['own', 'other']) {
    await lab.store.scopes.set(tenant, ['eu']);
    await lab.store.tenant(tenant).set(mode, 'on');
  }
  const em = lab.system.em();
  const plan = em.create(Plan, { tenantId: 'own', slug: 'a', name: 'x' });
  em.create(Plan, { tenantId: 'other', slug: 'b', name: 'x' });
  await em.flush();
  record = String(plan.id);
});

const callerOf = (role: string) => lab.as(role === 'nobody' ? '' : role);

async function call(
  id: RouteId,
  role: string,
  target: keyof typeof SCOPES,
): Promise<Answered & { readonly kinds: readonly string[] }> {
  const row = ACCESS[id];
  const route: Route = ROUTES[id];
  await prepare(id, target);
  const scope = SCOPES[target];
  const names: Record<string, string> = {
    ...{
      scope,
      config: 'seats',
      version: '1',
      entity: 'plans',
      record,
      group: 'eu',
      tenant: scope.replace('tenants/', ''),
    },
    grant: id === 'grants.take' ? await grantToTake() : '1',
  };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] as string) + (row.query ?? '');
  const headers = {
    ...(row.ifMatch && { 'if-match': row.ifMatch }),
    ...(row.ifNoneMatch && { 'if-none-match': row.ifNoneMatch }),
  };
  await lab.system.replication.settled();
  asked.length = 0;
  const answered = await callerOf(role).send(route.method, path, row.body, headers);
  return { ...answered, kinds: kindsAsked() };
}

const prepared = new Set<string>();

/** What a call needs to be there; before each write, since the last may have taken it away. */
async function prepare(id: RouteId, target: keyof typeof SCOPES): Promise<void> {
  const [kind, name = ''] = SCOPES[target].split('/');
  const configs =
    kind === 'global' ? lab.store.global() : kind === 'groups' ? lab.store.group(name) : lab.store.tenant(name);
  if (id.startsWith('configs.') && (ACCESS[id].ifMatch || !prepared.has(target)))
    await configs.set(seats, { seats: 1 });
  prepared.add(target);
  if (id === 'tenants.setGroups') await lab.store.scopes.set(name, []);
}

/** One that the granter could give, and nobody has. */
async function grantToTake(): Promise<string> {
  const { id } = await lab.grants.give({ who: 'user:taken', verbs: ['grant'], scope: 'tenants/own' });
  return String(id);
}

const isOfScope = (id: RouteId) => ACCESS[id].root !== undefined;
const ids = Object.keys(ROUTES) as RouteId[];

const idsOfConfigs = ids.filter(id => pathsOf(ROUTES[id]).some(path => path.includes('{config}')));

/** A call about a config of the tenant `own`, without a body. */
async function callConfig(id: RouteId, role: string, config: string) {
  const { method, path } = ROUTES[id] as Route;
  const full = path.replace('{scope}', 'tenants/own').replace('{config}', config).replace('{version}', '1');
  await lab.system.replication.settled();
  asked.length = 0;
  const answered = await callerOf(role).send(method, full);
  return seenOf(answered, kindsAsked());
}

// B1 B8
describe('each role is answered as the table says', () => {
  it('and each route has a row', () => {
    expect(Object.keys(ACCESS).sort()).toEqual([...ids].sort());
    for (const id of ids) {
      expect(ACCESS[id].own.split(' ')).toHaveLength(ROLES.length);
      if (isOfScope(id)) expect(ACCESS[id].root?.split(' ')).toHaveLength(TARGETS.length - 1);
      if (ROUTES[id].path.includes('{scope}')) expect(isOfScope(id)).toBe(true);
    }
  });

  it.each(ids)('%s', async id => {
    const expected = ACCESS[id].own.split(' ');
    const answered: string[] = [];
    for (const role of ROLES) answered.push(String((await call(id, role, 'own')).status));
    expect(Object.fromEntries(ROLES.map((role, i) => [role, answered[i]]))).toEqual(
      Object.fromEntries(ROLES.map((role, i) => [role, expected[i]])),
    );
  });
});

// B2
describe('what is not theirs is not told from what is not there', () => {
  it.each(ids.filter(isOfScope))('%s', async id => {
    const targets = TARGETS.slice(1).filter(
      target => target.match(/^(other|unknown)$/) || ROUTES[id].path.includes('{scope}'),
    );
    for (const role of ROLES.slice(0, -1)) {
      const answers = [];
      for (const target of targets) answers.push(await call(id, role, target));
      // Not one question to the database: none of them can take longer for what is there.
      const [first] = answers.map(answer => seenOf(answer, answer.kinds));
      expect([role, first]).toMatchObject([role, { status: role === 'nobody' ? 401 : 404, asked: [] }]);
      for (const answer of answers) expect([role, seenOf(answer, answer.kinds)]).toEqual([role, first]);
    }
    const root = [];
    for (const target of targets) root.push(String((await call(id, 'root', target)).status));
    const wanted = (ACCESS[id].root ?? '').split(' ');
    expect(root).toEqual(targets.map(target => wanted[TARGETS.indexOf(target) - 1]));
  });

  it('and what is theirs is looked up, so that the questions are counted at all', async () => {
    expect((await call('configs.get', 'root', 'other')).kinds).toHaveLength(1);
    expect((await call('tenants.get', 'root', 'unknown')).kinds.length).toBeGreaterThan(0);
  });

  it('nor are configs that one may not see from those that are not registered', async () => {
    await lab.give({ who: 'user:part', verbs: ['edit'], scope: 'tenants/own', config: 'mode' });
    for (const id of idsOfConfigs) {
      const [hidden, missing] = [await callConfig(id, 'part', 'seats'), await callConfig(id, 'part', 'nope')];
      expect([id, hidden]).toEqual([id, { ...missing, status: 404, asked: [] }]);
    }
  });

  it('nor are the former names of configs, whoever asks', async () => {
    for (const id of idsOfConfigs)
      for (const role of ['root', 'part', 'nobody']) {
        const former = await callConfig(id, role, 'app%2Fold');
        const missing = await callConfig(id, role, 'app%2Fnope');
        expect([id, role, former.asked]).toEqual([id, role, []]);
        expect([id, role, former]).toEqual([id, role, missing]);
        expect(missing.status).toBeGreaterThanOrEqual(400);
      }
  });
});

describe('a grant of a former name', () => {
  it.each(Object.values(VERBS))(
    'of %s holds as one of the present name does, for each route, and for no other config',
    async verb => {
      await lab.give({ who: `user:former-${verb}`, verbs: [verb], scope: 'tenants/own', config: 'app/old' });
      await lab.give({ who: `user:present-${verb}`, verbs: [verb], scope: 'tenants/own', config: 'app/limit' });
      for (const id of idsOfConfigs)
        for (const config of ['app%2Flimit', 'app%2Fold', 'mode']) {
          const former = await callConfig(id, `former-${verb}`, config);
          expect([id, config, former]).toEqual([id, config, await callConfig(id, `present-${verb}`, config)]);
        }
      const seen = async (who: string) => (await lab.as(`${who}-${verb}`).get('/me')).body.grants[0].config;
      expect([await seen('former'), await seen('present')]).toEqual(['app/limit', 'app/limit']);
    },
  );

  it('is given and taken by whoever may give the present name, and by nobody else', async () => {
    const give = (who: string, config: string) =>
      lab.as(who).send('POST', '/grants', { who: 'user:kim', verbs: ['view'], scope: 'tenants/own', config });
    for (const [who, config] of [
      ['giver', 'app/limit'],
      ['giver-of-old', 'app/o*'],
    ] as const)
      await lab.give({ who: `user:${who}`, verbs: ['view', 'grant'], scope: 'tenants/own', config });
    const kim = () => lab.as('kim').get('/tenants/own/configs/app%2Flimit');
    // Else it would be a way round: a name below `app/o` that leads to a config which is not.
    expect((await give('giver-of-old', 'app/old')).status).toBe(403);
    expect((await give('giver-of-old', 'app/other')).status).toBe(201);
    expect((await kim()).status).toBe(404);
    const given = await give('giver', 'app/old');
    expect(given).toMatchObject({ status: 201, body: { config: 'app/limit' } });
    expect((await kim()).status).toBe(200);
    // One from before the rename is seen and taken by the same people.
    const before = await lab.grants.give({ who: 'user:lee', verbs: ['view'], scope: 'tenants/own', config: 'app/old' });
    const seen = async (who: string) =>
      (await lab.as(who).get('/grants?who=user:lee')).body.items.map(({ config }: { config: string }) => config);
    expect([await seen('giver'), await seen('giver-of-old')]).toEqual([['app/limit'], []]);
    expect((await lab.as('giver-of-old').send('DELETE', `/grants/${before.id}`)).status).toBe(404);
    expect((await lab.as('giver').send('DELETE', `/grants/${before.id}`)).status).toBe(204);
  });
});
