import { afterAll, beforeAll, expect, it } from 'vitest';
import { oidc } from '../auth/oidc/oidc.ts';
import { CLIENT, startProvider } from '../auth/oidc/provider.fixture.ts';
import { limits, openPageLab, type PageLab } from './page-lab.fixture.ts';

let lab: PageLab;
let provider: Awaited<ReturnType<typeof startProvider>>;
beforeAll(async () => {
  const ann = { accountId: 'ann', claims: { name: 'Ann', groups: ['support'] } };
  const sessionSecret = 'the secret of sessions, of this test only';
  lab = await openPageLab({
    async authAt(publicUrl) {
      provider = await startProvider({ current: ann }, { publicUrl, asks: true });
      return oidc({ issuer: provider.issuer, ...CLIENT, publicUrl, sessionSecret });
    },
  });
  for (const tenant of ['acme', 'zeta']) await lab.lab.store.tenant(tenant).set(limits, { seats: 5 });
  await lab.lab.grants.give({ who: 'group:support', verbs: ['view'], scope: 'tenants/acme' });
  await lab.lab.grants.give({ who: 'group:support', verbs: ['edit'], scope: 'tenants/zeta' });
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  await provider?.close();
});

// B24
it('a browser without a session is led to the provider, comes back to the same place, and signs out of both', async () => {
  await using visit = await lab.visit('');
  const { page } = visit;
  const place = new URL('/tenants/acme/configs/limits?tab=history', lab.url).href;
  await page.goto(place);
  expect(page.url()).toMatch(new RegExp(`^${provider.issuer}/interaction/`));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('banner').getByText('Ann').waitFor();
  expect(page.url()).toBe(place);
  await page.getByRole('heading', { name: 'limits' }).waitFor();
  // What the provider says of groups is what the rights are about.
  await page.getByRole('link', { name: 'Form' }).click();
  await page.getByText('You may look at this value, and not change it.').waitFor();

  await page.getByRole('link', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  // Back at the page, which has no session, and neither has the provider: it asks again.
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(page.url()).toMatch(new RegExp(`^${provider.issuer}/interaction/`));
  expect(visit.complaints).toEqual([]);
});

// B24
it('a call without a session gets a problem, and never a page to sign in', async () => {
  const response = await fetch(new URL('/api/v1/tenants/acme/configs', lab.url), { redirect: 'manual' });
  expect(response.status).toBe(401);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
});

it('a save without a session says so, and the draft is there again after the next sign-in', async () => {
  await using visit = await lab.visit('');
  const { page, context } = visit;
  await page.goto(new URL('/tenants/zeta/configs/limits', lab.url).href);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const seats = page.locator('[id="field/seats"]');
  await seats.fill('77');
  // The save is to find out that there is no session: a look for news that comes before it would, too.
  const saved = Promise.withResolvers<void>();
  await page.route('**/api/v1/**', async route => {
    if (route.request().method() === 'GET') await saved.promise;
    await route.continue();
  });
  await context.clearCookies();
  await page.getByRole('button', { name: 'Look and save' }).click();
  await Promise.all([
    page.waitForResponse(response => response.request().method() === 'PUT' && response.status() === 401),
    page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click(),
  ]);
  saved.resolve();
  const [other] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: 'Sign in in another tab' }).click(),
  ]);
  await seats.waitFor({ state: 'detached' });
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.getByRole('banner').getByText('Ann').waitFor();
  await seats.waitFor();
  expect(await seats.inputValue()).toBe('77');
  await page.getByText('Not saved yet.').waitFor();
});
