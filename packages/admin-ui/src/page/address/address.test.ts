import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, readAddress, scopePath, writeAddress } from './address.ts';

const back = (address: Address): Address => {
  const url = new URL(writeAddress(address), 'http://x');
  return readAddress(url.pathname, Object.fromEntries(url.searchParams));
};

describe('an address', () => {
  it.each<[path: string, address: object]>([
    ['/', { page: 'tenants' }],
    ['/tenants', { page: 'tenants' }],
    ['/tenants/acme', { page: 'scope', scope: 'tenants/acme' }],
    ['/tenants/acme/configs/app%2Flimit', { page: 'config', scope: 'tenants/acme', config: 'app/limit' }],
    ['/groups/eu%2Fwest/configs', { page: 'scope', scope: 'groups/eu/west' }],
    ['/global/configs/x', { page: 'config', scope: 'global', config: 'x' }],
    ['/tenants/acme/entities/plans', { page: 'records', scope: 'tenants/acme', entity: 'plans' }],
    ['/tenants/acme/entities', { page: 'unknown' }],
    ['/configs/x', { page: 'matrix', config: 'x' }],
    ['/audit', { page: 'audit' }],
    ['/audit/x', { page: 'unknown' }],
    ['/tenants/a/b', { page: 'unknown' }],
    ['/tenants/%E0%A4', { page: 'unknown' }],
    ['/nothing', { page: 'unknown' }],
  ])('%s', (path, address) => {
    expect(readAddress(path, {})).toEqual({ ...address, query: {} });
  });

  it('leads back to the same page, whatever the names', () => {
    // No address can have the names `.` and `..`, encoded or not: the API refuses them.
    const name = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter(text => text.isWellFormed() && text !== '.' && text !== '..');
    const query = fc.dictionary(
      fc.constantFrom('search', 'tab', 'value'),
      fc.string({ minLength: 1, unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(name, name, query, (scope, config, asked) => {
        for (const address of [
          { page: 'config', scope: `tenants/${scope}`, config, query: asked },
          { page: 'scope', scope: `groups/${scope}`, query: asked },
          { page: 'records', scope: `tenants/${scope}`, entity: config, query: asked },
          { page: 'matrix', config, query: asked },
        ] satisfies Address[])
          expect(back(address)).toEqual(address);
      }),
    );
  });

  it('writes a slash of a name so that it stays one part', () => {
    expect(scopePath('groups/eu/west')).toBe('groups/eu%2Fwest');
    expect(scopePath('global')).toBe('global');
  });
});
