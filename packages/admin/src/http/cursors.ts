import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { TenantryError } from '@tenantry/protocol';

/** A list whose pages a cursor walks: its route, all that decides what is in it, and who asks. */
export type ListOf = readonly unknown[];

const CHECK_BYTES = 12;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
/** Begins the cursors that nobody can read; no other has it. */
const HIDDEN = 'h.';
/** Of this process: the cursor of another one begins the list again. */
const key = randomBytes(32);

/** The cursor of a list for one caller. It proves nothing, and holds nothing that the page before did not have. */
export function sealCursor(list: ListOf, place: string | undefined): string | undefined {
  if (place === undefined) return undefined;
  return Buffer.concat([checkOf(list, place), Buffer.from(place)]).toString('base64url');
}

/** A cursor whose place the caller may not see: the name of something that was left out of the page. Only this process can read it. */
export function hideCursor(list: ListOf, place: string | undefined): string | undefined {
  if (place === undefined) return undefined;
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(JSON.stringify(list)));
  const text = Buffer.concat([cipher.update(place), cipher.final()]);
  return `${HIDDEN}${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`;
}

/** What `sealCursor` or `hideCursor` was given; `INVALID_CURSOR` for a cursor of another list or caller, and for any other text. */
export function openCursor(list: ListOf, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const hidden = cursor.startsWith(HIDDEN) ? openHidden(list, cursor.slice(HIDDEN.length)) : undefined;
  if (hidden !== undefined) return hidden;
  const bytes = Buffer.from(cursor, 'base64url');
  const place = bytes.subarray(CHECK_BYTES).toString();
  const isWhole = bytes.toString('base64url') === cursor && place !== '';
  if (isWhole && checkOf(list, place).equals(bytes.subarray(0, CHECK_BYTES))) return place;
  throw new TenantryError(
    'INVALID_CURSOR',
    'The cursor is damaged, or is of another list or caller. Pass the `cursor` of the page before with the same arguments, or none.',
  );
}

function openHidden(list: ListOf, text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64url');
  const [iv, tag] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)];
  if (tag.length < TAG_BYTES || bytes.toString('base64url') !== text) return undefined;
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(JSON.stringify(list)))
    .setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString();
  } catch {
    return undefined;
  }
}

function checkOf(list: ListOf, place: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([list, place]))
    .digest()
    .subarray(0, CHECK_BYTES);
}
