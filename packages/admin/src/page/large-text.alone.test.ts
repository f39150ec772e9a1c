import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits, openPageLab, type PageLab } from './page-lab.fixture.ts';

let lab: PageLab;

beforeAll(async () => {
  lab = await openPageLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

interface Browser {
  readonly DataTransfer: new () => { setData(type: string, text: string): void };
  readonly ClipboardEvent: new (type: string, init: object) => never;
}

/** In the place of all that stands there: what a browser does at Ctrl V. */
async function paste(editor: Locator, text: string): Promise<void> {
  await editor.press('Control+a');
  await editor.evaluate((element, pasted) => {
    const browser = globalThis as unknown as Browser;
    const clipboardData = new browser.DataTransfer();
    clipboardData.setData('text/plain', pasted);
    element.dispatchEvent(new browser.ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

it('a text of 3 MB is taken, is said to be too large before it is sent, and stays a draft', async () => {
  await lab.lab.store.tenant('large').set(limits, { seats: 3 });
  await using visit = await lab.visit('root');
  const { page, requests } = visit;
  await visit.open('/tenants/large/configs/limits?tab=json');
  const editor = page.getByRole('textbox', { name: 'limits as JSON' });
  const labels = Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`label-${i}`, `the value number ${i}`]));
  const text = JSON.stringify({ seats: 5, labels }, null, 2);
  await paste(editor, text);
  await page.getByText('Not saved yet.').waitFor();
  // It goes on taking keys.
  await editor.press('Control+Home');
  await page.keyboard.type(' ');
  await page.locator('[data-save]').click();
  const dialog = page.getByRole('dialog');
  const sent = Buffer.byteLength(JSON.stringify({ json: ` ${text}` })).toLocaleString('en-US');
  await dialog.getByText(`it would be sent as ${sent} bytes, and the server takes 1,048,576.`).waitFor();
  await dialog.getByText(/And [\d,]+ more characters\./).waitFor();
  await dialog.getByRole('button', { name: 'Show it as text' }).click();
  await dialog.getByRole('textbox', { name: 'The text before and after' }).waitFor();
  expect(await dialog.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
  await dialog.getByRole('button', { name: 'Go on editing' }).click();
  expect(await editor.textContent()).toContain('"seats": 5');
  expect(requests.filter(url => url.endsWith('/configs/limits')).length).toBeGreaterThan(0);
  await paste(editor, '{ "seats": 5 }');
  await page.locator('[data-save]').click();
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved as v2').waitFor();
  expect((await lab.lab.store.tenant('large').get(limits))?.value).toEqual({ seats: 5 });
  expect(visit.complaints).toEqual([]);
});

it('of many issues a hundred are listed, and the others counted', async () => {
  await using visit = await lab.visit('root');
  const { page } = visit;
  await visit.open('/tenants/issues/configs/limits?tab=json');
  const editor = page.getByRole('textbox', { name: 'limits as JSON' });
  await paste(editor, `[${Array.from({ length: 5_000 }, () => '1.0').join(',\n')}]`);
  await page.getByText('And 4,900 more.').waitFor();
  expect(await page.locator('.under-editor .issue').count()).toBe(100);
});
