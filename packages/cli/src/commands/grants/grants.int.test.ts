import { expect, it } from 'vitest';
import { tenantry, useCliLab } from '../../cli.fixture.ts';

useCliLab();

it('the id of a tenant alone names its scope, as everywhere, and a dry run shows the one that would be written', async () => {
  const give = ['grants', 'give', 'user:bob', 'view', 'acme'];
  const told = 'user:bob may view * of tenants/acme\n';
  expect(await tenantry([...give, '--dry-run'])).toEqual({ code: 2, out: `would be given: ${told}`, err: '' });
  expect(await tenantry(give)).toEqual({
    code: 0,
    out: expect.stringMatching(new RegExp(`^grant \\d+: ${told.replace('*', '\\*')}$`)),
    err: '',
  });
  const scopes = async (...words: string[]) =>
    JSON.parse((await tenantry(['grants', 'list', '-o', 'json', ...words])).out).map(
      ({ scope }: { scope: string }) => scope,
    );
  expect(await scopes('--scope', 'acme', '--who', 'user:bob')).toEqual(['tenants/acme']);
  for (const scope of ['*', 'installation', 'tenants/*', 'groups/*'])
    expect((await tenantry(['grants', 'give', 'user:bob', 'list', scope])).code, scope).toBe(0);
  expect(await scopes('--who', 'user:bob')).toEqual(
    expect.arrayContaining(['*', 'installation', 'tenants/*', 'groups/*', 'tenants/acme']),
  );
  for (const scope of ['a/b', 'groups/'])
    expect(await tenantry(['grants', 'give', 'user:bob', 'list', scope, '-n'])).toMatchObject({ code: 1, out: '' });
});
