import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits, openPageLab, type PageLab, smtp, type Visit } from './page-lab.fixture.ts';

let lab: PageLab;
/** One for all: each address is opened anew, and nothing is left of the one before. */
let visit: Visit;
beforeAll(async () => {
  lab = await openPageLab({ readOnly: true });
  const { store } = lab.lab;
  await store.scopes.setGroup('eu', []);
  await store.tenant('acme').set(limits, { seats: 5 });
  await store.tenant('acme').set(smtp, { host: 'mail.example', password: 'x' });
  await lab.lab.grants.give({ who: 'user:vera', verbs: ['view'], scope: 'tenants/acme' });
  visit = await lab.visit('root');
});
afterAll(async () => {
  await visit?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

// B9
it.each([
  ['/tenants/acme', 'limits'],
  ['/tenants/acme/configs/limits', 'How many people may sign in.'],
  ['/tenants/acme/configs/limits?tab=history', 'v1'],
  ['/tenants/acme/configs/smtp', 'secret'],
  ['/groups', 'eu'],
  ['/groups/eu', 'limits'],
  ['/grants', 'user:vera'],
  ['/operations?tab=audits', 'Look now'],
])('an admin that only shows offers no change: %s', async (path, shows) => {
  const { page } = visit;
  await visit.open(path);
  await page.getByText('Nothing can be written now').waitFor();
  await page.locator('main').getByText(shows).first().waitFor();
  const changes =
    /Change its groups|Delete|New group|Give a right|Take from|Reveal|Copy to|Look and|Unset|Set again|Try all/;
  const offered = page.locator('main').getByRole('button', { name: changes, disabled: false });
  expect(await offered.allTextContents()).toEqual([]);
});
