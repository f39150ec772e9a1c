import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';

/**
 * Percent-encodes everything but `A–Z a–z 0–9 _ . -`. What comes out has no `:`, `,`, `{`, `}`, `@` or glob
 * character, so an id can neither leave its place in a Redis name nor be mistaken for a name of ours.
 */
export function escapeComponent(text: string): string {
  if (NEEDS_NOTHING.test(text)) return text;
  try {
    return encodeURIComponent(text).replace(/[!'()*~]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  } catch (cause) {
    throw new TenantryError(
      'INVALID_KEY',
      `Text with half a surrogate pair cannot be addressed: ${describeArrived(text)}.`,
      { cause },
    );
  }
}

const NEEDS_NOTHING = /^[\w.-]*$/;

/** The reverse of `escapeComponent`. */
export function unescapeComponent(component: string): string {
  return decodeURIComponent(component);
}
