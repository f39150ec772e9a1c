import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Plan } from '../../../mikro-orm/src/plans.fixture.ts';
import { checkout, limits, openPageLab, type PageLab, smtp, type Visit } from './page-lab.fixture.ts';

let lab: PageLab;
beforeAll(async () => {
  lab = await openPageLab();
  const { store, grants, system } = lab.lab;
  await store.scopes.setGroup('eu', []);
  await store.scopes.set('acme', ['eu']);
  await store.global().set(limits, { seats: 5, plan: 'team' });
  await store.tenant('acme').set(limits, { seats: 5, beta: true, hosts: ['a', 'b'], labels: { x: 'y' } });
  await store.tenant('acme').set(limits, { seats: 9, note: null });
  await store.tenant('acme').set(smtp, { host: 'mail.example', password: 'x' });
  await store.tenant('acme').set(checkout, { kind: 'way-3', account: 'a-1' } as never);
  const em = system.em();
  em.create(Plan, { tenantId: 'acme', slug: 'first', name: 'first of all' });
  await em.flush();
  await grants.give({ who: 'user:vera', verbs: ['view'], scope: 'tenants/acme', config: '*' });
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const PAGES: readonly (readonly [path: string, shows: string])[] = [
  ['/', 'acme'],
  ['/tenants/acme', 'limits'],
  ['/tenants/acme/configs/limits', 'How many people may sign in.'],
  ['/tenants/acme/configs/limits?tab=json', 'seats'],
  ['/tenants/acme/configs/limits?tab=history', 'What it changed'],
  ['/tenants/acme/configs/limits?tab=explain', 'What each scope says'],
  ['/tenants/acme/configs/limits?full=1', 'With the menu'],
  ['/tenants/new/configs/limits', 'Nothing is set in this scope.'],
  ['/tenants/acme/configs/released', 'There is no form for this config.'],
  ['/tenants/acme/configs/smtp', 'stands for what is there'],
  ['/tenants/acme/configs/checkout', 'account'],
  ['/global/configs/limits?tab=overrides', 'acme'],
  ['/configs', 'limits'],
  ['/configs/limits', 'acme'],
  ['/tenants/acme?tab=records', 'plans'],
  ['/tenants/acme/entities/plans?record=1', 'first of all'],
  ['/groups', 'eu'],
  ['/groups/eu', 'limits'],
  ['/groups/eu?tab=members', 'acme'],
  ['/operations', 'Outbox'],
  ['/operations?tab=doctor', 'redis-eviction'],
  ['/operations?tab=dead-rows', 'No change was given up on.'],
  ['/operations?tab=dead-letters', 'No write-back was given up on.'],
  ['/operations?tab=audits', 'Look now'],
  ['/operations?tab=readers', 'Reader'],
  ['/audit', 'in tenants/acme'],
  ['/grants', 'user:vera'],
  ['/nowhere/at/all', 'There is no such page'],
];

describe.each(['light', 'dark'] as const)('in %s', colorScheme => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await lab.visit('root', { colorScheme });
  });
  afterAll(() => visit?.[Symbol.asyncDispose]());

  it.each(PAGES)(
    '%s passes axe, asks no other server for anything, and breaks no rule of its policy',
    async (path, shows) => {
      await visit.open(path);
      await visit.page.locator('main').getByText(shows).first().waitFor();
      await visit.keep(`page ${path} ${colorScheme}`);
      expect(await visit.violations()).toEqual([]);
      expect(visit.complaints).toEqual([]);
      expect(visit.requests.filter(address => !address.startsWith(lab.url))).toEqual([]);
    },
  );

  it('the dialogs pass axe too', async () => {
    const { page } = visit;
    const wrong: string[] = [];
    const look = async (what: string): Promise<void> => {
      await page.getByRole('dialog').waitFor();
      wrong.push(...(await visit.violations()).map(each => `${what}: ${each}`));
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    await visit.open('/global/configs/limits');
    await page.locator('[id="field/seats"]').fill('6');
    await page.keyboard.press('Control+s');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('It would change').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Show it as text' }).click();
    await look('save');
    await page.getByRole('button', { name: 'Unset…' }).click();
    await look('unset');
    await page.locator('body').press('?');
    await look('keys');
    await visit.open('/grants');
    await page.getByRole('button', { name: 'Give a right' }).click();
    await look('give');
    await visit.open('/tenants/acme');
    await page.getByRole('button', { name: 'Change its groups' }).click();
    await look('groups');
    await page.getByRole('button', { name: 'Copy to' }).click();
    await page.getByRole('checkbox', { name: 'limits' }).waitFor();
    await look('copy several');
    await visit.open('/tenants/acme/configs/limits');
    await page.getByRole('button', { name: 'Copy to' }).click();
    await look('copy');
    expect(wrong).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});

describe('on a narrow screen', () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await lab.visit('root', { viewport: { width: 360, height: 720 } });
  });
  afterAll(() => visit?.[Symbol.asyncDispose]());

  it.each(PAGES)('%s needs no way to the side', async (path, shows) => {
    await visit.open(path);
    await visit.page.locator('main').getByText(shows).first().waitFor();
    await visit.keep(`page ${path} narrow`);
    expect(await visit.page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });
});

it('the choice of colours is kept', async () => {
  await using visit = await lab.visit('root', { colorScheme: 'dark' });
  await visit.open('/');
  await visit.page.getByRole('button', { name: 'Colours' }).click();
  await visit.page.reload();
  expect(await visit.page.evaluate('document.documentElement.dataset.theme')).toBe('light');
});
