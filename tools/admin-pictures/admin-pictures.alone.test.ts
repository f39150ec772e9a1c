import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { offered } from '../../packages/admin/src/page/offered.fixture.ts';
import type { PageLab } from '../../packages/admin/src/page/page-lab.fixture.ts';
import { limits, openPicturedAdmin } from './pictured-admin.fixture.ts';
import { smallPng } from './small-png.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SHOWN_IN = ['docs/guides/admin.md', 'README.md'];
const ACME = '/tenants/acme/configs/billing%2Flimits';
const NARROW: BrowserContextOptions = { viewport: { width: 390, height: 700 } };

interface Picture {
  readonly path: string;
  /** Until it is there, nothing is taken. */
  readonly shows: string;
  readonly options?: BrowserContextOptions;
  /** What somebody does first. */
  readonly first?: (page: Page) => Promise<unknown>;
}

const PICTURES: Readonly<Record<string, Picture>> = {
  tenants: { path: '/', shows: 'juniper' },
  configs: { path: '/tenants/acme', shows: 'mail/smtp' },
  form: { path: ACME, shows: 'How many people may sign in.', first: page => typeSeats(page, '60') },
  json: { path: `${ACME}?tab=json`, shows: 'storageGb', first: beginName },
  save: { path: ACME, shows: 'the history', first: lookAtDifference },
  merge: { path: ACME, shows: 'Theirs', first: collide },
  history: { path: `${ACME}?tab=history`, shows: 'five more, by phone' },
  explain: { path: `${ACME}?tab=explain`, shows: 'What each scope says' },
  matrix: { path: '/configs/billing%2Flimits', shows: 'harbor' },
  records: { path: '/tenants/acme/entities/plans?record=1', shows: 'since 2022' },
  operations: { path: '/operations', shows: 'oldest', first: waitForSamples },
  audit: { path: '/audit', shows: 'signed for a year' },
  dark: { path: `${ACME}?tab=explain`, shows: 'What each scope says', options: { colorScheme: 'dark' } },
  narrow: { path: ACME, shows: 'How many people may sign in.', options: NARROW },
};

let lab: PageLab;
beforeAll(async () => {
  lab = await openPicturedAdmin();
});
afterAll(() => lab?.[Symbol.asyncDispose]());

describe('a picture of the admin', () => {
  it.each(Object.entries(PICTURES))('%s', async (name, { path, shows, options, first }) => {
    await using visit = await lab.visit('root', { viewport: { width: 1100, height: 700 }, ...options });
    const { page } = visit;
    // What was written a moment ago looks as if it were some minutes old.
    await page.clock.install({ time: Date.now() + 7 * 60_000 });
    await visit.open(path);
    await first?.(page);
    await page.getByText(shows).first().waitFor();
    await take(page, name);
    expect(await visit.violations()).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});

it('the pages show exactly the pictures that are taken, and each is there', () => {
  const shown = SHOWN_IN.flatMap(page => {
    const text = readFileSync(join(root, page), 'utf8');
    return [...text.matchAll(/\]\(\S*images\/admin\/(\w+)\.png\)|src="\S*images\/admin\/(\w+)\.png"/g)].map(
      ([, inMarkdown, inHtml]) => inMarkdown ?? inHtml,
    );
  });
  const names = Object.keys(PICTURES).sort();
  expect([...new Set(shown)].sort()).toEqual(names);
  expect(readdirSync(join(root, 'docs/guides/images/admin')).sort()).toEqual(names.map(name => `${name}.png`));
});

/** In the folder `TENANTRY_PICTURES`, where there is one. */
async function take(page: Page, name: string): Promise<void> {
  const picture = smallPng(await page.screenshot({ animations: 'disabled' }));
  expect(picture.length).toBeLessThan(60_000);
  const folder = process.env.TENANTRY_PICTURES;
  if (folder) writeFileSync(join(root, folder, `${name}.png`), picture);
}

async function typeSeats(page: Page, seats: string): Promise<void> {
  await page.locator('[id="field/seats"]').fill(seats);
}

async function lookAtDifference(page: Page): Promise<void> {
  await typeSeats(page, '60');
  await page.locator('[id="field/plan"]').selectOption({ label: 'team' });
  await page.getByRole('button', { name: 'Look and save' }).click();
}

/** Two people change the same field, and one of them another one besides. */
async function collide(page: Page): Promise<void> {
  const acme = lab.lab.store.tenant('acme');
  const before = { seats: 40, plan: 'enterprise', overage: true } as const;
  await typeSeats(page, '60');
  await acme.set(limits, { ...before, seats: 50, storageGb: 500 }, { actor: 'sales', reason: 'as agreed' });
  await page.getByRole('button', { name: 'Take it into my draft' }).click();
  await page.getByRole('dialog').waitFor();
}

async function beginName(page: Page): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'billing/limits as JSON' });
  await editor.fill('{\n  "seats": 60,\n  ');
  await editor.press('End');
  await page.keyboard.type('"');
  await offered(page.getByRole('listbox'));
}

/** The curves have some minutes behind them. */
async function waitForSamples(page: Page): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const answered = page.waitForResponse(response => new URL(response.url()).pathname === '/api/v1/operations');
    await page.clock.runFor(6_000);
    await answered;
  }
}
