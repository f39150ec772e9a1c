import { parseJson } from '../documents/parse-json.ts';
import { valueIn } from '../documents/tree.ts';
import { readFile } from '../folder/read-file.ts';

/** A secret as it was found, or why there is none. It holds no part of the secret then. */
export type FoundSecret = { readonly value: unknown } | { readonly why: string };

const MOST_BYTES = 2 ** 20;
const LIMITS = { maxDepth: 64, maxAliased: 0 };

/**
 * The text of a file with a secret. Not of a pipe or a device, which may have no end; and not of an empty file, into which somebody is about to write. The line's
 * end belongs to the file, and so does the byte order mark, which editors on Windows put before a text.
 */
export async function secretOfFile(path: string): Promise<{ readonly value: string } | { readonly why: string }> {
  const found = await readFile({ path, real: path }, MOST_BYTES).catch(() => undefined);
  if (found === undefined) return { why: `the file ${path} is not there` };
  if ('code' in found) return { why: `the file ${path} cannot be read: ${found.message}` };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(found.bytes).replace(/\r?\n$/, '');
    return text === '' ? { why: `the file ${path} is empty` } : { value: text };
  } catch {
    return { why: `the file ${path} is not UTF-8` };
  }
}

/** A secret that is no text, from its JSON: no number loses a digit, and no name stands there twice. */
export function secretOfJson(text: string): FoundSecret {
  try {
    return { value: valueIn(parseJson(text, LIMITS)) };
  } catch {
    return { why: 'the secret is to be JSON, and is none that can be kept as it is' };
  }
}
