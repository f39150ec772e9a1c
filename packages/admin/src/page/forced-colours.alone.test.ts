import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { offered } from './offered.fixture.ts';
import { limits, openPageLab, type PageLab, smtp, type Visit } from './page-lab.fixture.ts';

let lab: PageLab;
let visit: Visit;
beforeAll(async () => {
  lab = await openPageLab();
  const { store } = lab.lab;
  await store.global().set(limits, { seats: 5, plan: 'team' });
  await store.tenant('acme').set(limits, { seats: 5, hosts: ['a', 'b'] });
  await store.tenant('acme').set(limits, { seats: 9 });
  await store.tenant('acme').set(smtp, { host: 'mail.example', password: 'x' });
  visit = await lab.visit('root', { forcedColors: 'active' });
});
afterAll(async () => {
  await visit?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

interface Looks {
  readonly backgroundColor: string;
  readonly color: string;
  readonly fill: string;
  readonly borderTopStyle: string;
  readonly textDecorationLine: string;
}

/** How it is drawn, where the system gives all colours. */
const looksOf = (element: Locator): Promise<Looks> =>
  element.evaluate(node => {
    const { getComputedStyle } = globalThis as unknown as { getComputedStyle(of: unknown): Looks };
    const { backgroundColor, color, fill, borderTopStyle, textDecorationLine } = getComputedStyle(node);
    return { backgroundColor, color, fill, borderTopStyle, textDecorationLine };
  });

it('the place in the menu, the tab and the version that is shown look otherwise than the others', async () => {
  const { page } = visit;
  await visit.open('/tenants/acme/configs/limits?tab=history');
  await page.getByText('What it changed').waitFor();
  for (const [what, here, other] of [
    ['menu', '.menu a[aria-current]', '.menu a:not([aria-current])'],
    ['tabs', '.tabs a[aria-current]', '.tabs a:not([aria-current])'],
    ['versions', '.plain tr[aria-current] > td >> nth=0', '.plain tbody tr:not([aria-current]) > td >> nth=0'],
  ] as const) {
    const [one, two] = [await looksOf(page.locator(here).first()), await looksOf(page.locator(other).first())];
    expect([what, one.backgroundColor]).not.toEqual([what, two.backgroundColor]);
    // And can be read.
    expect([what, one.color]).not.toEqual([what, one.backgroundColor]);
  }
  await visit.keep('forced colours history');
});

it('badges have an edge, and lines of the pictures a colour of the system', async () => {
  const { page } = visit;
  await visit.open('/tenants/acme');
  const badge = page.locator('.badge').first();
  await badge.waitFor();
  expect((await looksOf(badge)).borderTopStyle).toBe('solid');
  const text = await looksOf(page.locator('body'));
  expect((await looksOf(page.locator('.logo').first())).fill).toBe(text.color);
  await visit.keep('forced colours tenant');
});

it('in the editor the offer that Enter takes is seen, text that is chosen, and what a diff takes away and brings', async () => {
  const { page } = visit;
  await visit.open('/tenants/acme/configs/limits?tab=json');
  const editor = page.locator('.cm-content').first();
  await editor.click();
  await page.keyboard.press('Control+a');
  // The browser's own choice has the colours of the system, and one that is drawn has none.
  expect(await page.locator('.cm-selectionBackground').count()).toBe(0);
  await page.keyboard.type('{ "');
  await offered(page.locator('.cm-tooltip-autocomplete li:not([aria-selected])').first());
  const chosen = await looksOf(page.locator('.cm-tooltip-autocomplete li[aria-selected]'));
  const other = await looksOf(page.locator('.cm-tooltip-autocomplete li:not([aria-selected])').first());
  expect(chosen.backgroundColor).not.toBe(other.backgroundColor);
  expect(chosen.color).not.toBe(chosen.backgroundColor);
  await visit.keep('forced colours offers');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{ "seats": 8 }');
  await page.keyboard.press('Control+s');
  await page.getByRole('dialog').getByRole('button', { name: 'Show it as text' }).click();
  await page.locator('.cm-deletedText').first().waitFor();
  expect((await looksOf(page.locator('.cm-deletedText').first())).textDecorationLine).toBe('line-through');
  expect((await looksOf(page.locator('.cm-changedText').first())).textDecorationLine).toBe('underline');
  await visit.keep('forced colours diff');
  await page.keyboard.press('Escape');
});

it.each(['/', '/tenants/acme/configs/limits', '/tenants/acme/configs/smtp', '/grants', '/audit'])(
  'on %s whatever has the focus has a line around it',
  async path => {
    const { page } = visit;
    await visit.open(path);
    await page.locator('main').waitFor();
    const without: string[] = [];
    let stops = 0;
    for (; stops < 60; stops++) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate<{ name: string; isSeen: boolean } | undefined>(`(() => {
        const node = document.activeElement;
        if (node === null || node === document.body) return undefined;
        const { outlineStyle, outlineWidth } = getComputedStyle(node.closest('.editor') ?? node);
        return { name: node.outerHTML.slice(0, 120), isSeen: outlineStyle !== 'none' && outlineWidth !== '0px' };
      })()`);
      if (stop === undefined) break;
      if (!stop.isSeen) without.push(stop.name);
    }
    expect(without).toEqual([]);
    // The menu alone has as many.
    expect(stops).toBeGreaterThan(5);
    await visit.keep(`forced colours ${path}`);
  },
);
