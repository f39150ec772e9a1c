/** What would move the cursor, change colours or turn the direction of a text. Lines and tabs are none of that. */
const UNSEEN = /[^\P{Cc}\n\t]\[[\d;]+m|[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text of any origin as a terminal may have it: in the place of such a character stands `\u009b`, as JSON and the quoted texts of YAML write it, so
 * what programs read is the same. `isColoured`: colours may be in it.
 */
export function visible(text: string, isColoured = false): string {
  return text.replaceAll(UNSEEN, found =>
    isColoured && found.startsWith('\u001b[') ? found : escaped(found.charAt(0)) + found.slice(1),
  );
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
