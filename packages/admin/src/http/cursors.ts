import { createHash } from 'node:crypto';
import { TenantryError } from '@tenantry/protocol';

/** A list whose pages a cursor walks: its route, all that decides what is in it, and who asks. */
export type ListOf = readonly unknown[];

const CHECK_BYTES = 12;

/** The cursor of a list for one caller. It proves nothing, and holds nothing that the page before did not have. */
export function sealCursor(list: ListOf, place: string | undefined): string | undefined {
  if (place === undefined) return undefined;
  return Buffer.concat([checkOf(list, place), Buffer.from(place)]).toString('base64url');
}

/** What `sealCursor` was given; `INVALID_CURSOR` for a cursor of another list or caller, and for any other text. */
export function openCursor(list: ListOf, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  const place = bytes.subarray(CHECK_BYTES).toString();
  const isWhole = bytes.toString('base64url') === cursor && place !== '';
  if (isWhole && checkOf(list, place).equals(bytes.subarray(0, CHECK_BYTES))) return place;
  throw new TenantryError(
    'INVALID_CURSOR',
    'The cursor is damaged, or is of another list or caller. Pass the `cursor` of the page before with the same arguments, or none.',
  );
}

function checkOf(list: ListOf, place: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([list, place]))
    .digest()
    .subarray(0, CHECK_BYTES);
}
