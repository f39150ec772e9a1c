import type { AnyConfig } from '../definitions/config-definition.ts';
import { TenantryError, type ValueIssue } from '../errors/tenantry-error.ts';
import { MASK, maskValue } from '../scopes/mask-value.ts';

/**
 * A stored value as it may be shown. The texts, numbers, booleans and nulls of a secret are masked; the names of its
 * properties and the lengths of its lists are not. An unknown config (`undefined`) may be a secret and is masked.
 */
export function maskSecret(definition: AnyConfig | undefined, stored: unknown): unknown {
  return definition && !definition.secret ? stored : maskValue(stored);
}

/** Whether the value holds a mask: the writer has read it, and did not see the secret behind it. */
export function hasMask(value: unknown): boolean {
  return hasMaskWithin(value, 0);
}

/**
 * Replaces each mask in a value that is to be written by the present value at the same path. `INVALID_VALUE`, with every
 * path, if the present value has nothing at one of them: the mask itself never becomes the secret. A mask in a list that
 * has become longer or shorter is refused too: it could stand for any of the secrets in the list.
 * `present` is the parsed stored value, undefined if nothing is set.
 */
export function unmask(next: unknown, present: unknown): unknown {
  const issues: ValueIssue[] = [];
  const value = unmasked(next, { at: present, path: '', isKnown: present !== undefined }, issues, 0);
  if (issues.length === 0) return value;
  const paths = issues.map(({ path }) => (path === '' ? 'its root' : path)).join(', ');
  throw new TenantryError(
    'INVALID_VALUE',
    `The value is masked at ${paths}, where nothing is set that could be meant: nothing was written. Write the secret itself.`,
    { details: { issues } },
  );
}

/** Where a value is compared with what is set now. */
interface Place {
  readonly at: unknown;
  readonly path: string;
  readonly isKnown: boolean;
}

// A value that nests deeper is refused later (`NOT_JSON`); a cycle ends here.
const MAX_DEPTH = 64;

function unmasked(next: unknown, place: Place, issues: ValueIssue[], depth: number): unknown {
  const { at, path, isKnown } = place;
  if (next === MASK) {
    if (isKnown && !isNested(at)) return at;
    issues.push({ path, message: 'masked, and nothing is set here' });
    return next;
  }
  if (!isNested(next) || !hasMaskWithin(next, depth)) return next;
  if (Array.isArray(next)) {
    const isSame = isKnown && Array.isArray(at) && at.length === next.length;
    return next.map((item, i) =>
      unmasked(item, { at: isSame ? at[i] : undefined, path: `${path}[${i}]`, isKnown: isSame }, issues, depth + 1),
    );
  }
  const known = isKnown && isNested(at) && !Array.isArray(at) ? at : {};
  return Object.fromEntries(
    Object.entries(next).map(([key, item]) => {
      const isKnown = Object.hasOwn(known, key);
      const inner = { at: isKnown ? known[key] : undefined, path: path === '' ? key : `${path}.${key}`, isKnown };
      return [key, unmasked(item, inner, issues, depth + 1)];
    }),
  );
}

function hasMaskWithin(value: unknown, depth: number): boolean {
  if (value === MASK) return true;
  if (!isNested(value) || depth >= MAX_DEPTH) return false;
  return Object.values(value).some(item => hasMaskWithin(item, depth + 1));
}

/** A list, or an object that JSON has a form for. Other objects are refused when they are encoded. */
function isNested(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
