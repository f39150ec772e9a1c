import { expect, it } from 'vitest';
import { tenantry, useCliLab } from '../cli.fixture.ts';

useCliLab();

it('what is not there is named, and the config that may have been meant', async () => {
  for (const words of [['get'], ['unset'], ['history']])
    expect((await tenantry([...words, 'acme', 'mod'])).err).toBe(
      'tenantry: NOT_FOUND: There is no config mod in tenants/acme, or you may not see it. Did you mean mode?\n',
    );
  expect((await tenantry(['get', 'acme', 'nothing-like-it'])).err).toMatch(/or you may not see it\.\n$/);
  expect((await tenantry(['groups', 'get', 'nowhere'])).err).toContain('There is no groups/nowhere, or');
});
