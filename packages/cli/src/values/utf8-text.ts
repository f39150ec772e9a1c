import { wrongUse } from '../failures/failure.ts';

/**
 * The text of bytes from outside, without the mark of its byte order. `INVALID_OPTION` for what is not UTF-8: a password with a `ü` in another encoding would
 * be stored with another letter in its place.
 */
export function utf8Text(bytes: Buffer, from: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wrongUse(`${from} is not UTF-8. Nothing was written.`);
  }
}
