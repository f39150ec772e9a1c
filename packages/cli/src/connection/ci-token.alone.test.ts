import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdmin, issuerTokens } from '@tenantry/admin';
import { expect, it } from 'vitest';
import { CLIENT, startProvider, tokenOf } from '../../../admin/src/auth/oidc/provider.fixture.ts';
import { lab, tenantry, useCliLab } from '../cli.fixture.ts';

useCliLab();

it('a job of a CI is known by its ID token, from the environment or from a file, without a secret', async () => {
  const provider = await startProvider({ current: { accountId: 'ann', claims: {} } });
  const auth = issuerTokens({
    ...{ issuer: provider.issuer, audience: 'urn:tenantry', idPrefix: 'ci:' },
    claims: { client_id: CLIENT.clientId },
  });
  await using admin = await createAdmin({
    orm: lab.system.orm,
    client: lab.client,
    auth,
    admins: ['user:ci:tenantry'],
  });
  const { url } = await admin.listen(0);
  const token = await tokenOf(provider.issuer);
  const env = { TENANTRY_URL: url, TENANTRY_TOKEN: '', TENANTRY_ID_TOKEN: token };
  const me = await tenantry(['me', '-o', 'json'], { env });
  expect([me.code, JSON.parse(me.out).id]).toEqual([0, 'ci:tenantry']);
  expect((await tenantry(['set', 'acme', 'mode', '"on"'], { env })).code).toBe(0);
  const file = join(tmpdir(), `tenantry-cli-token-${process.pid}`);
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  const fromFile = { TENANTRY_URL: url, TENANTRY_TOKEN: '', TENANTRY_ID_TOKEN_FILE: file };
  expect((await tenantry(['me'], { env: fromFile })).out).toContain('ci:tenantry');
  const other = await tokenOf(provider.issuer, { resource: 'urn:other' });
  const refused = await tenantry(['me'], { env: { ...env, TENANTRY_ID_TOKEN: other } });
  expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('NOT_SIGNED_IN') });
  await provider.close();
});
