import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineConfig } from '../definitions/define-config.ts';
import { TenantryError } from '../errors/tenantry-error.ts';
import { MASK } from '../scopes/mask-value.ts';
import { hasMask, maskSecret, unmask } from './secret-mask.ts';

const secret = defineConfig({ name: 'secret', schema: z.json(), secret: true });
const open = defineConfig({ name: 'open', schema: z.json() });

const credentials = { user: 'u', pass: 'p', ports: [1, 2], deep: { token: null, on: true } };

function refusal(work: () => unknown): TenantryError {
  try {
    work();
  } catch (error) {
    if (error instanceof TenantryError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

// K10
describe('a secret that is shown', () => {
  it('keeps its shape and none of its texts, numbers, booleans and nulls', () => {
    expect(maskSecret(secret, credentials)).toEqual({
      user: MASK,
      pass: MASK,
      ports: [MASK, MASK],
      deep: { token: MASK, on: MASK },
    });
    expect(maskSecret(secret, 'p')).toBe(MASK);
    expect(maskSecret(secret, undefined)).toBeUndefined();
  });

  it('is masked too where nobody knows whether it is one, and what is none is not', () => {
    expect(maskSecret(undefined, 'p')).toBe(MASK);
    expect(maskSecret(open, credentials)).toBe(credentials);
  });
});

// K10
describe('a masked value that is written back', () => {
  it('is what was set, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(unmask(maskSecret(secret, value), value)).toEqual(value);
      }),
    );
  });

  it('changes only what was written over', () => {
    const edited = { ...(maskSecret(secret, credentials) as object), pass: 'new', more: 1 };
    expect(unmask(edited, credentials)).toEqual({ ...credentials, pass: 'new', more: 1 });
  });

  it('is refused with every path where nothing is set, and never becomes the secret', () => {
    const error = refusal(() => unmask({ pass: MASK, other: MASK, deep: { x: MASK } }, { pass: 'p', deep: 1 }));
    expect(error.code).toBe('INVALID_VALUE');
    expect(error.details.issues?.map(({ path }) => path)).toEqual(['other', 'deep.x']);
    expect(refusal(() => unmask(MASK, undefined)).code).toBe('INVALID_VALUE');
    expect(refusal(() => unmask(MASK, credentials)).message).not.toContain('"u"');
  });

  it('is refused in a list of another length: nobody can tell which of its secrets was meant', () => {
    expect(refusal(() => unmask([MASK], ['a', 'b'])).details.issues?.[0]?.path).toBe('[0]');
    expect(unmask(['new', MASK], ['a', 'b'])).toEqual(['new', 'b']);
    expect(unmask(['x'], ['a', 'b'])).toEqual(['x']);
  });

  it('finds nothing on prototypes', () => {
    expect(refusal(() => unmask({ constructor: MASK, length: MASK }, {})).details.issues).toHaveLength(2);
  });

  it('leaves what is no JSON to those who refuse it', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(hasMask(cycle)).toBe(false);
    expect(unmask(cycle, {})).toBe(cycle);
    const at = new Date(0);
    expect(unmask({ at, pass: MASK }, { pass: 'p' })).toEqual({ at, pass: 'p' });
  });
});
