import { describe, expect, it } from 'vitest';
import { localPath } from './local-path.ts';

describe('the way back of a sign-in', () => {
  it.each([
    'https://other.example',
    '//other.example',
    '/\\other.example',
    'javascript:1',
    '',
    'x',
    '/.//other.example',
    undefined,
  ])('leads to no other site: %j', to => {
    expect(localPath(to, '/')).toBe('/');
  });

  it('is the address as it was asked for, where it is not too long for a cookie', () => {
    expect(localPath('/tenants/a%2Fb?x=1#y', '/')).toBe('/tenants/a%2Fb?x=1#y');
    expect(localPath(`/${'x'.repeat(1_999)}`, '/')).toHaveLength(2_000);
    expect(localPath(`/${'x'.repeat(2_000)}`, '/')).toBe('/');
    // Six characters each where they stand in an address.
    expect(localPath(`/${'ä'.repeat(334)}`, '/')).toBe('/');
    expect(localPath(`/${'ä'.repeat(333)}`, '/')).toHaveLength(1_999);
  });
});
