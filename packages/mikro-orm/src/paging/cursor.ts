import { createHash } from 'node:crypto';
import { TenantryError } from '@tenantry/protocol';
import { describeArrived } from '@tenantry/protocol/internal';

/** A list whose pages a cursor walks: its name, and every argument that decides what is in it and where. */
export type ListOf = readonly (string | undefined)[];

const CHECK_BYTES = 12;

/**
 * The cursor after `last` in this list. Its check covers the list as well, so that the cursor of another list is refused. It
 * is not encrypted and proves nothing: a caller that has it could have asked for the first page.
 */
export function encodeCursor(list: ListOf, last: string): string {
  const key = Buffer.from(last);
  return Buffer.concat([checkOf(list, key), key]).toString('base64url');
}

/** The `last` of a cursor of this list; undefined without a cursor. `INVALID_CURSOR` for any other text, never the first page. */
export function decodeCursor(list: ListOf, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  if (typeof cursor === 'string') {
    const bytes = Buffer.from(cursor, 'base64url');
    const key = bytes.subarray(CHECK_BYTES);
    // Decoding skips what it does not know; an edited text must not pass.
    const isWhole = bytes.toString('base64url') === cursor && key.length > 0;
    if (isWhole && checkOf(list, key).equals(bytes.subarray(0, CHECK_BYTES))) return key.toString();
  }
  throw new TenantryError(
    'INVALID_CURSOR',
    `The cursor is damaged or belongs to another list: ${describeArrived(typeof cursor === 'string' ? 'a text' : cursor)}. Pass the \`cursor\` of the page before with the same arguments, or none for the first page.`,
  );
}

function checkOf(list: ListOf, key: Buffer): Buffer {
  // As JSON, so that no two lists spell the same.
  return createHash('sha256').update(JSON.stringify(list)).update('\n').update(key).digest().subarray(0, CHECK_BYTES);
}
