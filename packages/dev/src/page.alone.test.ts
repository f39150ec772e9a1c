import { createPage } from '@tenantry/admin-ui';
import { eventually, startChromium } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { buildPageForTest } from '../../admin-ui/src/built-page.fixture.ts';
import { configs, freshDir, limits, QUICK } from './folder.fixture.ts';
import { startDev } from './index.ts';

it('the page shows a folder, follows its files, writes them, and says what it has no servers for', async () => {
  const built = buildPageForTest();
  await using files = await freshDir();
  await files.write('tenants/acme/limits.yaml', '# sold on Monday\nseats: 5\n');
  await using dev = await startDev({
    ...{ dir: files.dir, configs, port: 0, page: createPage({ folder: built.folder }), ...QUICK },
  });
  const browser = await startChromium();
  try {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(120_000);
    const complaints: string[] = [];
    page.on('pageerror', error => complaints.push(error.message));
    const main = async () => (await page.textContent('main')) ?? '';
    const seats = () => page.locator('[id="field/seats"]');
    const keep = async (name: string) => {
      const folder = process.env.TENANTRY_SCREENSHOTS;
      if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
    };
    const open = async (path: string) => {
      await page.goto(dev.url + path);
      await page.waitForSelector('main h1, main .problem');
    };

    await open('/tenants/acme/configs/limits');
    await eventually(async () => expect(await seats().inputValue()).toBe('5'));
    // What is saved is shown.
    await files.write('tenants/acme/limits.yaml', '# sold on Monday\nseats: 7\n');
    await eventually(async () => expect(await seats().inputValue()).toBe('7'));
    await keep('dev-config');
    // What the page writes is in the file, and readers have it.
    await seats().fill('8');
    await page.getByRole('button', { name: 'Look and save' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('T-1');
    expect(await dialog.getByLabel('Ends at').count()).toBe(0);
    await keep('dev-save');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await eventually(async () =>
      expect(await files.read('tenants/acme/limits.yaml')).toBe('# sold on Monday\nseats: 8\n'),
    );
    await eventually(async () => expect(await dev.client.tenant('acme').get(limits)).toEqual({ seats: 8 }));

    // What it would refuse is not offered.
    const menu = page.getByRole('navigation', { name: 'Main' });
    await menu.getByRole('link', { name: 'Grants' }).waitFor();
    expect(await menu.getByRole('link', { name: 'Operations' }).count()).toBe(0);
    await open('/operations');
    await eventually(async () => expect(await main()).toMatch(/This admin shows a folder/));
    await keep('dev-operations');
    await open('/grants');
    await page.getByText('There is no grant that you may see.').waitFor();
    expect(await page.getByRole('button', { name: 'Give a right' }).count()).toBe(0);
    await keep('dev-grants');
    await open('/tenants/acme/configs/smtp');
    await page.getByText('This server does not write secrets.').waitFor();
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
    built.remove();
  }
});
