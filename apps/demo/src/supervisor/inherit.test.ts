import { describe, expect, it } from 'vitest';
import { inherit } from './inherit.ts';
import type { StoredScopes } from './read-scopes.ts';

const layers = [
  { scope: 'global', version: 4, value: { responseHours: 24, uploads: { keepDays: 90 } } },
  { scope: 'groups/enterprise', version: 2, value: { responseHours: 4, uploads: { maxMb: 2_000 } } },
  { scope: 'tenants/acme', version: 7, value: { channel: 'phone' } },
  { scope: 'tenants/globex', version: 3, value: undefined },
] as const;
const groups = [
  { scope: 'groups/enterprise', version: 1, value: [] },
  { scope: 'tenants/acme', version: 1, value: ['enterprise'] },
] as const;

const stored: StoredScopes = { layers, groups };

describe('what a tenant inherits', () => {
  it('is merged field by field, the nearest scope first', () => {
    expect(inherit(stored, 'acme')).toEqual({
      value: { channel: 'phone', responseHours: 4, uploads: { maxMb: 2_000, keepDays: 90 } },
      version: 7,
      from: {
        '/channel': 'tenants/acme',
        '/responseHours': 'groups/enterprise',
        '/uploads/maxMb': 'groups/enterprise',
        '/uploads/keepDays': 'global',
      },
    });
  });

  it('has nothing of a group that the tenant is not in, nor of what was unset', () => {
    const { value, version, from } = inherit(stored, 'globex');
    expect(value).toEqual({ channel: 'mail', responseHours: 24, uploads: { maxMb: 100, keepDays: 90 } });
    expect(version).toBe(4);
    expect(from['/uploads/maxMb']).toBe('default');
  });

  it('is the default where no scope says anything', () => {
    const nothing = inherit({ layers: [], groups: [] }, 'acme');
    expect(nothing).toMatchObject({ value: { responseHours: 48 }, version: undefined });
  });
});
