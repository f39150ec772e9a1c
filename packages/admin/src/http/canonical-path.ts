import { Refused } from './refused.ts';

/** The parts of a path as they stand, none of them empty. `NOT_CANONICAL` for a path with more slashes than it needs. */
export function partsOf(path: string): readonly string[] {
  if (path === '' || path === '/') return [];
  const parts = path.slice(1).split('/');
  if (!path.startsWith('/') || parts.includes('')) throw notCanonical('The path has a slash too many');
  return parts;
}

// Control characters, separators of lines, and what turns the direction of writing have no business in a name. Neither has what takes no room: two
// names would look the same. But joiners and variation selectors have: some scripts and emoji need them. (U+034F stands apart: a linter takes
// it for a mark on the character before it.)
const NOT_PRINTABLE =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0]|\u034f/u;

/**
 * The name in a part of a path, decoded once. Each name has one form; any other is refused before anything is looked up: `NOT_CANONICAL` for bytes
 * that are no UTF-8, for text that is not in Unicode's form C, and for blanks at its ends. Which names there may be is not decided here: a tenant's id
 * may have dots and slashes anywhere.
 */
export function nameOf(part: string): string {
  let name: string;
  try {
    name = decodeURIComponent(part);
  } catch {
    throw notCanonical('A name is not UTF-8');
  }
  checkForm(name);
  return name;
}

/** What a query says. `NOT_CANONICAL` for bytes that are no UTF-8: a parser of URLs would put another character in their place. */
export function queryOf(url: string): URLSearchParams {
  const { search, searchParams } = new URL(url);
  try {
    decodeURIComponent(search);
  } catch {
    throw notCanonical('The query is not UTF-8');
  }
  return searchParams;
}

/** The scope that a body or a query names, in the one form that it would have in a path. `NOT_CANONICAL`. */
export function scopeText<T extends string>(scope: T): T {
  const at = scope.indexOf('/');
  if (at !== -1) checkForm(scope.slice(at + 1));
  return scope;
}

/** A name of a body, such as of who gets a grant, in its one form. `NOT_CANONICAL`. */
export function nameText(name: string): string {
  checkForm(name);
  return name;
}

function checkForm(name: string): void {
  if (name !== name.normalize('NFC')) throw notCanonical("A name is not in Unicode's form C");
  if (NOT_PRINTABLE.test(name)) throw notCanonical('A name has a character that cannot be printed');
  if (name !== name.trim()) throw notCanonical('A name has a blank at an end');
  if (name === '.' || name === '..')
    throw new Refused(400, 'NOT_CANONICAL', 'No address can have the name "." or "..": a program can, by its ORM.');
}

function notCanonical(what: string): Refused {
  return new Refused(400, 'NOT_CANONICAL', `${what}: write it in its one form.`);
}
