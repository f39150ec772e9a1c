import { eventually } from '@tenantry/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { banner, CANARY, limits, openPageLab, type PageLab, smtp } from './page-lab.fixture.ts';

let lab: PageLab;
beforeAll(async () => {
  lab = await openPageLab();
  const { store, grants } = lab.lab;
  await store.scopes.setGroup('eu', []);
  const acme = store.tenant('acme');
  await acme.set(limits, { seats: 9, plan: 'team' });
  await acme.set(banner, 'hello');
  await acme.set(smtp, { host: 'mail.example', password: CANARY });
  await grants.give({ who: 'user:eddy', verbs: ['view'], scope: 'tenants/acme' });
  await grants.give({ who: 'user:vera', verbs: ['view'], scope: 'tenants/acme' });
  await grants.give({ who: 'user:eddy', verbs: ['edit'], scope: 'tenants/zeta', config: 'limits' });
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const valueIn = async (tenant: string, name: string) =>
  (await lab.lab.as('root').get(`/tenants/${tenant}/configs/${name}`)).body.json;

/** Opens the dialog with the keyboard, and chooses. */
async function choose(page: Page, configs: readonly string[], tenant: string): Promise<void> {
  await page.getByRole('button', { name: 'Copy to…' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Copy configs of tenants/acme' });
  for (const config of configs) await dialog.getByRole('checkbox', { name: config }).press('Space');
  await dialog.getByLabel('Tenant', { exact: true }).fill(tenant);
}

const lookAt = (page: Page) => page.keyboard.press('Enter');

describe('several configs are copied to another scope', () => {
  it('with the keyboard: chosen, looked at, and only then written, in one step', async () => {
    await lab.lab.store.tenant('beta').set(limits, { seats: 1, note: 'ours' });
    await lab.lab.store.tenant('beta').set(banner, 'hello');
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/acme');
    await choose(page, ['all 3'], 'beta');
    expect(await visit.violations()).toEqual([]);
    await lookAt(page);
    const dialog = page.getByRole('dialog', { name: 'Copy from tenants/acme to tenants/beta' });
    await dialog.getByRole('row', { name: /seats 1 9/ }).waitFor();
    await dialog.getByRole('row', { name: /note "ours" not set/ }).waitFor();
    await dialog.getByText('is the same already').waitFor();
    await dialog.getByText('is not copied: it is a secret').waitFor();
    await visit.keep('copy several');
    expect(await visit.violations()).toEqual([]);
    expect(await valueIn('beta', 'limits')).toBe('{"seats":1,"note":"ours"}');
    await dialog.getByLabel('Reason').fill('as acme');
    await page.keyboard.press('Enter');
    await page.getByText('1 config was copied to tenants/beta.').waitFor();
    expect(await valueIn('beta', 'limits')).toBe('{"seats":9,"plan":"team"}');
    expect(await valueIn('beta', 'smtp')).toBeUndefined();
    const [last] = (await lab.lab.as('root').get('/audit?scope=tenants/beta')).body.items;
    expect(last).toMatchObject({ config: 'limits', actor: 'root', reason: 'as acme' });
    expect(visit.complaints).toEqual([]);
  });

  it('secrets only where that is asked for, with a reason that the audit log has, and never shown', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/acme');
    await choose(page, ['smtp'], 'gamma');
    await lookAt(page);
    const dialog = page.getByRole('dialog', { name: 'Copy from' });
    await dialog.getByRole('button', { name: 'Nothing to write' }).waitFor();
    await dialog.getByRole('checkbox', { name: 'Copy secrets, too' }).press('Space');
    await dialog.getByRole('button', { name: 'Write 1' }).press('Enter');
    // Without a reason the browser does not let it go.
    expect(await dialog.locator('input:invalid').count()).toBe(1);
    await dialog.getByLabel('Reason').fill('moves in');
    await page.keyboard.press('Enter');
    await page.getByText('1 config was copied to tenants/gamma.').waitFor();
    expect(await lab.lab.store.tenant('gamma').get(smtp)).toMatchObject({ value: { host: 'mail.example' } });
    const { items } = (await lab.lab.as('root').get('/audit?action=config.reveal')).body;
    expect(items).toMatchObject([{ scope: 'tenants/acme', config: 'smtp', reason: 'moves in' }]);
    expect(await page.content()).not.toContain(CANARY);
  });

  it('not where somebody has written meanwhile: that is said, and shown', async () => {
    const other = lab.lab.store.tenant('busy');
    await other.set(limits, { seats: 2 });
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/acme');
    await choose(page, ['limits', 'banner'], 'busy');
    await lookAt(page);
    const dialog = page.getByRole('dialog', { name: 'Copy from' });
    await dialog.getByRole('row', { name: /seats 2 9/ }).waitFor();
    await other.set(limits, { seats: 3 });
    await dialog.getByRole('button', { name: 'Write 2' }).click();
    await dialog.getByRole('alert').getByText('"limits" is at another version by now').waitFor();
    await dialog.getByRole('row', { name: /seats 3 9/ }).waitFor();
    expect(await valueIn('busy', 'banner')).toBeUndefined();
    await dialog.getByRole('button', { name: 'Write 2' }).click();
    await page.getByText('2 configs were copied to tenants/busy.').waitFor();
    await eventually(async () => expect(await valueIn('busy', 'limits')).toBe('{"seats":9,"plan":"team"}'));
  });

  it('says what is not inherited, what one may not change, and offers nothing to those who may change nothing', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/tenants/acme');
    await page.getByRole('button', { name: 'Copy to…' }).click();
    const first = page.getByRole('dialog');
    await first.getByRole('checkbox', { name: 'banner' }).check();
    await first.getByRole('combobox', { name: 'To' }).selectOption('groups');
    await first.getByLabel('Group', { exact: true }).fill('eu');
    await lookAt(page);
    await first.getByText('No tenant would inherit it').waitFor();
    expect(await first.getByRole('button', { name: 'Nothing to write' }).isDisabled()).toBe(true);

    await using other = await lab.visit('eddy');
    await other.open('/tenants/acme');
    await choose(other.page, ['limits', 'banner', 'smtp'], 'zeta');
    await lookAt(other.page);
    const dialog = other.page.getByRole('dialog', { name: 'Copy from' });
    await dialog.getByRole('row', { name: /seats/ }).waitFor();
    expect(await dialog.getByText('You may not change it in tenants/zeta.').count()).toBe(2);
    await dialog.getByRole('button', { name: 'Write 1' }).click();
    await other.page.getByText('1 config was copied to tenants/zeta.').waitFor();

    await using reader = await lab.visit('vera');
    await reader.open('/tenants/acme');
    await reader.page.getByRole('link', { name: 'limits' }).waitFor();
    expect(await reader.page.getByRole('button', { name: 'Copy to…' }).count()).toBe(0);
  });
});
