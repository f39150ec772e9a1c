/**
 * Whether a text must be written in quotes to come back as it is: `<<` would merge for readers of YAML 1.1, a block of nothing but blanks loses those before
 * its first line's end (yaml 2.9.1), and a BOM at the begin of a file is a sign and no part of a name.
 */
export function needsQuotes(text: unknown): boolean {
  return typeof text === 'string' && (text === '<<' || /^(?:\s+$|\ufeff)/.test(text));
}
