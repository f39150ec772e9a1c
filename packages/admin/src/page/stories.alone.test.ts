import { eventually } from '@tenantry/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { banner, CANARY, checkout, limits, openPageLab, type PageLab, smtp } from './page-lab.fixture.ts';

let lab: PageLab;
beforeAll(async () => {
  lab = await openPageLab();
  const { store, grants } = lab.lab;
  await store.scopes.setGroup('eu', []);
  await store.scopes.set('acme', ['eu']);
  await store.global().set(limits, { seats: 5, plan: 'team' });
  await store.tenant('acme').set(smtp, { host: 'mail.example', password: CANARY });
  await store.tenant('acme').set(checkout, { kind: 'way-3', account: 'a-1' } as never);
  await grants.give({ who: 'user:vera', verbs: ['view'], scope: 'tenants/acme', config: '*' });
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const saveButton = (page: Page) => page.getByRole('button', { name: 'Look and save' });
/** What the tenant itself says. */
const saidBy = async (tenant: string) => (await lab.lab.store.tenant(tenant).get(limits))?.value;
const addressOf = (tenant: string, tab = '') => `/tenants/${tenant}/configs/limits${tab}`;

/** Sets seats in the form. */
async function typeSeats(page: Page, seats: string): Promise<void> {
  await page.locator('[id="field/seats"]').fill(seats);
}

async function save(page: Page, reason = ''): Promise<void> {
  await saveButton(page).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
}

describe('an editor', () => {
  it('finds a tenant and its config with the keyboard alone, and comes back', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/');
    await page.getByRole('link', { name: 'acme' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('acm');
    await page.waitForURL(/search=acm/);
    await page.getByRole('status').getByText('1', { exact: true }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/tenants\/acme$/);
    await page.getByRole('link', { name: 'limits' }).press('Enter');
    await page.waitForURL(/\/tenants\/acme\/configs\/limits$/);
    await expectFocus(page, 'limits');
    await page.goBack();
    await page.goBack();
    expect(new URL(page.url()).search).toBe('?search=acm');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(visit.complaints).toEqual([]);
  });

  it('overrides one field in the form, sees the difference before it is saved, and says why', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open(addressOf('form'));
    await page.getByRole('button', { name: 'Override some fields' }).click();
    await page.getByText('from global').first().waitFor();
    await typeSeats(page, '70');
    await saveButton(page).click();
    await page.getByRole('dialog').getByRole('row', { name: /70/ }).waitFor();
    await page.keyboard.press('Escape');
    await save(page, 'more people');
    await page.getByText('Saved as v1').waitFor();
    // Neither a default nor what is inherited was written down.
    const [stored] = (await lab.lab.store.tenant('form').history(limits)).items;
    expect(stored).toMatchObject({ value: { seats: 70 }, actor: 'root', reason: 'more people' });
    expect(await saidBy('form')).toEqual({ seats: 70 });
  });

  it('types JSON, whose numbers stay as they are or are refused with their place', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open(addressOf('json', '?tab=json'));
    const editor = page.getByRole('textbox', { name: 'limits as JSON' });
    await editor.fill('{ "seats": 9007199254740993 }');
    await page.getByText('seats: 9007199254740993 would become').waitFor();
    await save(page);
    await page.getByText('would come back with other digits').first().waitFor();
    expect(await editor.textContent()).toContain('{ "seats": 9007199254740993 }');
    await editor.fill('{ "seats": 8,\n  "note": null }');
    await save(page);
    await page.getByText('Saved as v1').waitFor();
    expect(await saidBy('json')).toEqual({ seats: 8, note: null });
  });

  it('gets what only the server finds, at its field', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open(addressOf('server'));
    await page.getByRole('button', { name: 'Override some fields' }).click();
    await page.locator('[id="field/ratio"]').fill('13');
    await save(page);
    await page.locator('[id="field/ratio issues"]').getByText('brings bad luck').waitFor();
    expect(await page.locator('[id="field/ratio"]').getAttribute('aria-invalid')).toBe('true');
  });

  it('goes back to an earlier version', async () => {
    const configs = lab.lab.store.tenant('back');
    await configs.set(limits, { seats: 1 });
    await configs.set(limits, { seats: 2 });
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open(addressOf('back', '?tab=history'));
    await page.getByRole('region', { name: 'From v1 to v2' }).getByRole('row', { name: /seats/ }).waitFor();
    await page.getByRole('button', { name: 'Set again v1' }).click();
    await page.getByRole('button', { name: 'Set v1 again' }).click();
    await page.getByText('v1 stands again, as v3').waitFor();
    expect(await saidBy('back')).toEqual({ seats: 1 });
  });

  it('loses nothing that was typed in another branch, and writes no default', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/acme/configs/checkout');
    const choice = page.getByLabel('the whole value: kind');
    await choice.waitFor();
    expect(await choice.locator('option').count()).toBe(80);
    const account = page.locator('[id="field/account"]');
    await account.fill('typed in 3');
    await choice.selectOption('way-60');
    await account.fill('typed in 60');
    await choice.selectOption('way-3');
    expect(await account.inputValue()).toBe('typed in 3');
    await choice.selectOption('way-60');
    expect(await account.inputValue()).toBe('typed in 60');
    await save(page);
    await page.getByText('Saved as v2').waitFor();
    const [stored] = (await lab.lab.store.tenant('acme').history(checkout)).items;
    expect(stored?.value).toEqual({ kind: 'way-60', account: 'typed in 60' });
  });

  it('says why there is no form, and takes JSON instead', async () => {
    await using visit = await lab.visit('root');
    await visit.open('/tenants/acme/configs/released');
    await visit.page.getByText('There is no form for this config.').waitFor();
    await visit.page.getByRole('link', { name: 'Edit it as JSON' }).click();
    await visit.page.getByRole('textbox', { name: 'released as JSON' }).waitFor();
  });
});

describe('two who edit the same', () => {
  it('are merged where they changed different fields', async () => {
    const configs = lab.lab.store.tenant('merge');
    await configs.set(limits, { seats: 1 });
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open(addressOf('merge'));
    await typeSeats(page, '9');
    await saveButton(page).click();
    await configs.set(limits, { seats: 1, note: 'theirs' }, { actor: 'bob' });
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Both changes are in your draft').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved as v3').waitFor();
    expect(await saidBy('merge')).toEqual({ seats: 9, note: 'theirs' });
  });

  it('are asked about the fields that both changed, and keep their drafts until then', async () => {
    const configs = lab.lab.store.tenant('collide');
    await configs.set(limits, { seats: 1 });
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open(addressOf('collide'));
    await typeSeats(page, '9');
    await configs.set(limits, { seats: 4, note: 'theirs' }, { actor: 'bob' });
    await page.getByText('v2 arrived').waitFor();
    expect(await page.locator('[id="field/seats"]').inputValue()).toBe('9');
    await page.getByRole('button', { name: 'Take it into my draft' }).click();
    const dialog = page.getByRole('dialog', { name: 'You both changed the same' });
    await dialog.waitFor();
    expect(await dialog.getByRole('group').count()).toBe(1);
    await dialog.getByLabel(/^Theirs/).check();
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.locator('[id="field/seats"]').inputValue()).toBe('4');
  });
});

describe('somebody who may only view', () => {
  it('sees values, no secrets, and no way to change or reveal anything', async () => {
    await using visit = await lab.visit('vera');
    const { page } = visit;
    await visit.open(addressOf('acme'));
    await page.getByText('You may look at this value, and not change it.').waitFor();
    expect(await saveButton(page).count()).toBe(0);
    await visit.open('/tenants/acme/configs/smtp');
    await page.locator('[id="field/password"]').waitFor();
    expect(await page.getByRole('button', { name: 'Reveal' }).count()).toBe(0);
    expect(await page.content()).not.toContain(CANARY);
    for (const name of ['Operations', 'Audit log', 'Global'])
      expect(await page.getByRole('link', { name, exact: true }).count()).toBe(0);
  });

  it('gets the same answer for what is not there and what may not be seen', async () => {
    await using visit = await lab.visit('vera');
    await visit.open('/tenants/other/configs/limits');
    await visit.page.getByText('This does not exist, or you may not see it.').waitFor();
  });
});

it('a secret is shown for a reason, and is gone with its dialog', async () => {
  await using visit = await lab.visit('root');
  const { page } = visit;
  await visit.open('/tenants/acme/configs/smtp');
  await page.getByRole('button', { name: 'Reveal the secret' }).click();
  await page.getByLabel('Reason').fill('a customer called');
  await page.getByRole('button', { name: 'Reveal', exact: true }).click();
  await page.getByText(CANARY).waitFor();
  await page.getByRole('button', { name: 'Hide it again' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(CANARY);
  await visit.open('/audit');
  await page.getByText('a customer called').waitFor();
});

// B16
it('without a stream it says that it polls, and shows changes all the same', async () => {
  await using visit = await lab.visit('root');
  const { page } = visit;
  await page.route('**/events', route => route.abort());
  await visit.open('/tenants/poll');
  await page.getByText('polling', { exact: true }).waitFor();
  await lab.lab.store.tenant('poll').set(banner, 'came by itself');
  await page.getByText('came by itself').waitFor();
});

async function expectFocus(page: Page, text: string): Promise<void> {
  // Not `waitForFunction`: it evaluates in the page, which the policy of the page refuses.
  await eventually(async () => expect(await page.evaluate('document.activeElement?.textContent')).toBe(text));
}
