import { type SeededRandom, seededRandom } from '@tenantry/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits, openPageLab, type PageLab, smtp, type Visit } from './page-lab.fixture.ts';

let lab: PageLab;
beforeAll(async () => {
  lab = await openPageLab();
  const { store } = lab.lab;
  await store.scopes.setGroup('eu', []);
  await store.scopes.set('acme', ['eu']);
  for (const configs of [store.global(), store.group('eu'), store.tenant('acme'), store.tenant('zeta')]) {
    await configs.set(limits, { seats: 1 });
    await configs.set(smtp, { host: 'a', password: 'b' });
  }
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const SCOPES = ['global', 'groups/eu', 'tenants/acme', 'tenants/zeta'] as const;
const GRANT_SCOPES = [...SCOPES, 'groups/*', 'tenants/*', 'installation', '*'] as const;
const PATTERNS = ['*', 'limits', 'lim*', 'smtp', 'other'];
const VERBS = ['list', 'view', 'edit', 'reveal', 'audit', 'operate', 'grant'] as const;

/** One to three grants of one to three verbs. */
async function giveSome(who: string, random: SeededRandom): Promise<void> {
  const count = random.int(1, 3);
  for (let grant = 0; grant < count; grant++) {
    const verbs = [...new Set(Array.from({ length: random.int(1, 3) }, () => random.pick(VERBS)))];
    await lab.lab.give({ who, verbs, scope: random.pick(GRANT_SCOPES), config: random.pick(PATTERNS) } as never);
  }
}

// B9
it.each([1, 2, 3, 4, 5, 6])(
  'random grants %i: a control is there if, and only if, the server takes its call',
  async seed => {
    const random = seededRandom(seed);
    const user = `user-${seed}`;
    await giveSome(`user:${user}`, random);
    await using visit = await lab.visit(user);
    const wrong: string[] = [];
    const compare = (what: string, isShown: boolean, isTaken: boolean): void => {
      if (isShown !== isTaken)
        wrong.push(`${what}: ${isShown ? 'shown' : 'not shown'}, ${isTaken ? 'taken' : 'refused'}`);
    };
    for (const scope of SCOPES) await compareScope(visit, user, scope, compare);
    await visit.open('/grants');
    // Nothing is decided before the page knows who is asking.
    await visit.page.getByRole('banner').getByText(user).waitFor();
    const status = async (path: string): Promise<boolean> => (await lab.lab.as(user).get(path)).status === 200;
    const link = async (name: string): Promise<boolean> => has(visit.page, 'link', name);
    compare('operations', await link('Operations'), await status('/operations'));
    compare('audit log', await link('Audit log'), await status('/audit'));
    compare('global', await link('Global'), await status('/global/configs'));
    expect(wrong).toEqual([]);
  },
);

async function compareScope(
  visit: Visit,
  user: string,
  scope: string,
  compare: (what: string, isShown: boolean, isTaken: boolean) => void,
): Promise<void> {
  const { page } = visit;
  const [root, caller] = [lab.lab.as('root'), lab.lab.as(user)];
  const isTaken = async (method: string, path: string, body: unknown): Promise<boolean> => {
    const { etag } = await root.get(path.replace(/\/(reveal|groups)$/, ''));
    return (await caller.send(method, path, body, { 'if-match': etag })).status < 300;
  };
  for (const config of ['limits', 'smtp']) {
    const path = `/${scope}/configs/${config}`;
    await visit.open(path);
    // Nothing is decided before the page knows who is asking.
    await page.getByRole('banner').getByText(user).waitFor();
    await page.locator('main .problem, main .edit-bar').first().waitFor();
    const value = config === 'limits' ? { seats: 1 } : { host: 'a', password: 'b' };
    compare(`edit ${path}`, await has(page, 'button', 'Look and save'), await isTaken('PUT', path, { value }));
    const reveals = await isTaken('POST', `${path}/reveal`, { reason: 'test' });
    if (config === 'smtp') compare(`reveal ${path}`, await has(page, 'button', 'Reveal the secret'), reveals);
  }
  if (!scope.startsWith('tenants/')) return;
  await visit.open(`/${scope}`);
  await page.getByRole('banner').getByText(user).waitFor();
  await page.locator('main .problem, main .chain').first().waitFor();
  const groups = scope === 'tenants/acme' ? ['eu'] : [];
  const changes = await isTaken('PUT', `/${scope}/groups`, { groups });
  compare(`groups of ${scope}`, await has(page, 'button', 'Change its groups'), changes);
}

async function has(page: Page, role: 'link' | 'button', name: string): Promise<boolean> {
  return (await page.getByRole(role, { name }).count()) > 0;
}
