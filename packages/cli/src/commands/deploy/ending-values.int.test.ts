import { expect, it } from 'vitest';
import { limit, mode } from '../../../../admin/src/admin.fixture.ts';
import { lab, tenantry, useCliLab } from '../../cli.fixture.ts';
import { freshFolder } from '../../fresh-folder.fixture.ts';

useCliLab();

it('an export names the values that end, which no file says, and ends with 4; imported, it leaves them and their ends as they are', async () => {
  const [dir, expiresAt] = [await freshFolder(), Date.parse('2100-01-31T09:15:02Z')];
  await lab.store.tenant('ending').set(limit, 3, { expiresAt });
  await lab.store.tenant('ending').set(mode, 'on');
  expect(await tenantry(['export', dir, '--scopes', 'ending'])).toMatchObject({
    code: 4,
    err: expect.stringContaining('exported without its end (2100-01-31 09:15:02Z): app/limit of tenants/ending'),
  });
  const { out } = await tenantry(['export', dir, '--scopes', 'ending', '-o', 'json']);
  expect(JSON.parse(out)).toMatchObject({
    ...{ hidden: [], ending: [{ scope: 'tenants/ending', config: 'app/limit', expiresAt }] },
  });
  expect(await tenantry(['import', dir])).toMatchObject({
    code: 0,
    out: expect.stringContaining('2 are so already'),
  });
  expect((await lab.store.tenant('ending').get(limit))?.expiresAt?.getTime()).toBe(expiresAt);
  expect((await tenantry(['definitions', 'matrix', 'app/limit', '--search', 'ending'])).out).toMatch(
    /ENDS.*\ntenants\/ending +set +1 +2100-01-31 09:15:02Z/,
  );
  await lab.store.tenant('ending').unset(limit);
});
