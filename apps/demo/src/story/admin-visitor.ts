import type { Browser, Page } from 'playwright-core';
import type { Person } from '../admin/demo-sign-in.ts';
import { refName } from '../definitions/catalogue.ts';
import type { SettingRequest } from '../definitions/settings.ts';
import type { Demo } from '../supervisor/demo.ts';

// Tells an end from a hang, also on a busy machine.
const PATIENCE_MS = 60_000;

/** Somebody in a browser of their own, at the admin's page. */
export interface Visitor {
  readonly page: Page;
  /** Opens the config of a setting, or one of its views. */
  open(request: SettingRequest, view?: string): Promise<void>;
  fill(field: string, value: string): Promise<void>;
  valueOf(field: string): Promise<string>;
  /** Looks at the difference, says why, and saves; `meanwhile` happens between the look and the save. */
  save(reason: string, meanwhile?: () => Promise<unknown>): Promise<void>;
  /** Waits until the page says so. */
  says(text: string | RegExp): Promise<void>;
}

/** Signs in on the page that the admin leads to. */
export async function signIn(demo: Demo, browser: Browser, who: Person, first: SettingRequest): Promise<Visitor> {
  const { url } = demo.parts.admin;
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const visitor = visitorAt(page, url);
  await page.goto(addressOf(url, first));
  await page.locator(`button[value=${who}]`).click();
  await page.getByRole('heading', { name: first.setting }).waitFor();
  return visitor;
}

function visitorAt(page: Page, url: string): Visitor {
  const field = (name: string) => page.locator(`[id="field/${name}"]`);
  return {
    page,
    async open(request, view = '') {
      await page.goto(addressOf(url, request, view));
      await page.getByRole('heading', { name: request.setting }).waitFor();
    },
    fill: (name, value) => field(name).fill(value),
    valueOf: name => field(name).inputValue(),
    async save(reason, meanwhile) {
      await page.getByRole('button', { name: 'Look and save' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Reason').fill(reason);
      await meanwhile?.();
      await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    },
    says: text => page.getByText(text).first().waitFor(),
  };
}

function addressOf(url: string, { tenant, setting }: SettingRequest, view = ''): string {
  return `${url}/tenants/${tenant}/configs/${setting}${view}`;
}

/** Waits until all readers have that version of a setting; answers in ms how long after `since` the last of them had it. */
export async function readersHave(
  demo: Demo,
  request: SettingRequest,
  version: number,
  value: unknown,
  since: number,
): Promise<number> {
  const change = { version, name: refName(request), startedAt: since };
  return (await demo.settingSeen(change, { value })) - since;
}
