import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Plan } from '../../../mikro-orm/src/plans.fixture.ts';
import { offered } from './offered.fixture.ts';
import { banner, limits, openPageLab, type PageLab, smtp } from './page-lab.fixture.ts';

let lab: PageLab;
beforeAll(async () => {
  lab = await openPageLab();
  const { store, grants, system } = lab.lab;
  await store.scopes.setGroup('eu', []);
  await store.global().set(limits, { seats: 5 });
  await store.tenant('acme').set(limits, { seats: 9, plan: 'team' });
  await store.tenant('zeta').set(limits, { seats: 1, note: 'ours' });
  await store.tenant('acme').set(smtp, { host: 'mail.example', password: 'x' });
  await grants.give({ who: 'user:eddy', verbs: ['edit'], scope: 'tenants/acme', config: 'limits' });
  await grants.give({ who: 'user:lisa', verbs: ['list'], scope: 'tenants/acme' });
  const em = system.em();
  em.create(Plan, { tenantId: 'acme', slug: 'small', name: 'Small', secret: 'hush' });
  em.create(Plan, { tenantId: 'zeta', slug: 'other', name: 'Not of acme' });
  await em.flush();
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const saidBy = async (tenant: string) => (await lab.lab.store.tenant(tenant).get(limits))?.value;
const copyButton = (page: Page) => page.getByRole('button', { name: 'Copy to' });

describe('a value is copied to another scope', () => {
  it('with the keyboard: chosen, looked at, and only then written', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/acme/configs/limits');
    await copyButton(page).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Tenant', { exact: true }).fill('zeta');
    expect(await visit.violations()).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Save limits of tenants/zeta' }).waitFor();
    await dialog.getByRole('row', { name: /seats 1 9/ }).waitFor();
    await dialog.getByRole('row', { name: /note "ours" not set/ }).waitFor();
    expect(await saidBy('zeta')).toEqual({ seats: 1, note: 'ours' });
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved as v2').waitFor();
    expect(await saidBy('zeta')).toEqual({ seats: 9, plan: 'team' });
  });

  it('onto one that somebody changes meanwhile: both changes are merged or asked about', async () => {
    const other = lab.lab.store.tenant('busy');
    await other.set(limits, { seats: 2 });
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/acme/configs/limits');
    await copyButton(page).click();
    await page.getByLabel('Tenant', { exact: true }).fill('busy');
    await page.getByRole('button', { name: 'Look at the difference' }).click();
    const save = page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true });
    await save.waitFor();
    await other.set(limits, { seats: 2, note: 'theirs' }, { actor: 'bob' });
    await save.click();
    await page.getByText('Both changes are in your draft').waitFor();
    await save.click();
    await page.getByText('Saved as v3').waitFor();
    expect(await saidBy('busy')).toEqual({ seats: 9, plan: 'team', note: 'theirs' });
  });

  it('not to where the same stands, nor over a draft', async () => {
    await lab.lab.store.tenant('same').set(limits, { seats: 9, plan: 'team' });
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/acme/configs/limits');
    await copyButton(page).click();
    await page.getByLabel('Tenant', { exact: true }).fill('same');
    await page.getByRole('button', { name: 'Look at the difference' }).click();
    await page.getByText('tenants/same says the same already.').waitFor();
    await page.getByLabel('Tenant', { exact: true }).fill('drafted');
    await page.getByRole('button', { name: 'Look at the difference' }).click();
    await page.getByRole('button', { name: 'Go on editing' }).click();
    await page.goBack();
    await copyButton(page).click();
    await page.getByLabel('Tenant', { exact: true }).fill('drafted');
    await page.getByRole('button', { name: 'Look at the difference' }).click();
    await page.getByText('You have a draft of limits in tenants/drafted').waitFor();
  });

  it('never a secret, and only to where one may write', async () => {
    await using visit = await lab.visit('root');
    await visit.open('/tenants/acme/configs/smtp');
    await visit.page.locator('[id="field/password"]').waitFor();
    expect(await copyButton(visit.page).count()).toBe(0);
    await using other = await lab.visit('eddy');
    await other.open('/tenants/acme/configs/limits');
    await copyButton(other.page).click();
    await other.page.getByLabel('Tenant', { exact: true }).fill('zeta');
    await other.page.getByText('You may not change limits there.').waitFor();
    expect(await other.page.getByRole('button', { name: 'Look at the difference' }).isDisabled()).toBe(true);
  });
});

describe('the editor of JSON', () => {
  const open = async (page: Page) => {
    const editor = page.getByRole('textbox', { name: 'limits as JSON' });
    await editor.waitFor();
    return editor;
  };

  const plan = (page: Page) => page.getByRole('option', { name: /"plan"/ });

  it('completes names and values by the schema, with the keyboard, under the policy of the page', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/typed/configs/limits?tab=json');
    const editor = await open(page);
    await editor.fill('{ ');
    await editor.press('End');
    await page.keyboard.type('"pl');
    await offered(plan(page));
    expect(await visit.violations()).toEqual([]);
    await page.keyboard.press('Enter');
    await page.keyboard.type('"e');
    await page.getByRole('option', { name: '"enterprise"' }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type(', ');
    await page.keyboard.press('Control+Space');
    await page.getByRole('option', { name: /"seats"/ }).waitFor();
    // What is there already is not offered again.
    expect(await page.getByRole('option', { name: /"plan"/ }).count()).toBe(0);
    // What a list of pictures would be is forbidden: what is wrong is marked without them.
    await page.keyboard.press('Escape');
    await page.locator('.cm-lint-marker-error').waitFor();
    expect(await editor.textContent()).toBe('{ "plan": "enterprise", ');
    expect(visit.complaints).toEqual([]);
  });

  it('stays open, with the cursor in it, when the schema comes later or again', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
    await page.route('**/definitions/limits', async route => {
      await goOn;
      await route.continue();
    });
    await visit.open('/tenants/typed/configs/limits?tab=json');
    const editor = await open(page);
    await editor.fill('{ ');
    await editor.press('End');
    const answered = page.waitForResponse('**/definitions/limits');
    letGo();
    await answered;
    await page.keyboard.type('"pl');
    await offered(plan(page));
    expect(await editor.textContent()).toBe('{ "pl');
  });

  it('leaves Enter and Tab alone where nothing is offered', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/typed/configs/limits?tab=json');
    const editor = await open(page);
    await editor.fill('{ "seats": 3 }');
    await editor.press('End');
    await page.keyboard.press('Enter');
    expect(await page.locator('.cm-line').count()).toBe(2);
    await page.keyboard.press('Tab');
    expect(await page.evaluate("document.activeElement?.classList.contains('editor')")).toBe(false);
  });
});

describe('the records of an entity', () => {
  it('are found from the scope, and looked at, as readers get them', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/acme');
    await page.getByRole('link', { name: 'Records' }).click();
    await page.getByRole('link', { name: 'plans' }).click();
    await page.getByText('plans:slug:small').waitFor();
    expect(await page.locator('main').textContent()).not.toContain('other');
    await page
      .getByRole('row', { name: /plans:slug:small/ })
      .getByRole('link')
      .press('Enter');
    await page.getByText('"name": "Small"').waitFor();
    expect(await page.content()).not.toContain('hush');
    expect(await visit.violations()).toEqual([]);
    await page.getByLabel('Id of a record').fill('999');
    await page.keyboard.press('Enter');
    await page.getByText('This does not exist, or you may not see it.').waitFor();
    await visit.open('/tenants/empty/entities/plans');
    await page.getByText('Redis has no record of it in this scope.').waitFor();
    expect(visit.complaints).toEqual([]);
  });

  it('have no values for somebody who may only see that they are there', async () => {
    await using visit = await lab.visit('lisa');
    await visit.open('/tenants/acme/entities/plans');
    await visit.page
      .getByRole('row', { name: /plans:slug:small/ })
      .getByRole('link')
      .click();
    await visit.page.getByText('You may see that it is there, and not its values.').waitFor();
    await visit.open('/tenants/zeta/entities/plans');
    await visit.page.getByText('This does not exist, or you may not see it.').waitFor();
  });
});

it('an edit of a value that ends keeps its end, and may take it away', async () => {
  const ends = lab.lab.store.tenant('ends');
  // At a whole minute the browser leaves the seconds out.
  const expiresAt = Math.ceil(Date.now() / 60_000) * 60_000 + 3_600_123;
  await ends.set(banner, 'first', { expiresAt });
  await using visit = await lab.visit('root');
  const { page } = visit;
  await visit.open('/tenants/ends/configs/banner');
  const saveAs = async (text: string, clear: boolean) => {
    await page.locator('main input[type=text], main textarea').first().fill(text);
    await page.getByRole('button', { name: 'Look and save' }).click();
    const dialog = page.getByRole('dialog');
    if (clear) await dialog.getByLabel('Ends at').fill('');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(`Saved as v${text === 'second' ? 2 : 3}`).waitFor();
  };
  await saveAs('second', false);
  const stored = async () => (await lab.lab.as('root').get('/tenants/ends/configs/banner')).body;
  expect(await stored()).toMatchObject({ json: '"second"', expiresAt });
  await saveAs('third', true);
  expect((await stored()).expiresAt).toBeUndefined();
});
