import { TenantryError } from '@tenantry/protocol';

/** So deep may lists and objects nest. */
const MOST_DEEP = 100;

/**
 * The value of a JSON text, of which nothing is lost: a number that would come back with other digits, two properties of one name and a
 * property `__proto__` or with half a surrogate pair are refused, as is what is no JSON. `NOT_JSON` names the path, never the value. `within` begins the paths.
 */
export function parseLossless(text: string, within = ''): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refusal(within, 'is not JSON');
  }
  const fault = faultIn(new Walk(text), 0);
  if (fault) throw refusal(joined(within, fault.at.reverse()), fault.what);
  return value;
}

interface Fault {
  readonly what: string;
  /** The innermost first. */
  readonly at: (string | number)[];
}

/** A place in a text that `JSON.parse` took: so nothing can stand but what is expected. */
class Walk {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The next character that is no blank. */
  next(): string {
    while (/\s/.test(this.text[this.at] as string)) this.at++;
    return this.text[this.at] as string;
  }

  /** A text with its quotes. By hand: a pattern for it runs out of stack where the text is long. */
  takeString(): string {
    const start = this.at;
    let end = start;
    let isEscaped: boolean;
    do {
      end = this.text.indexOf('"', end + 1);
      let slashes = end;
      while (this.text[slashes - 1] === '\\') slashes--;
      isEscaped = (end - slashes) % 2 === 1;
    } while (isEscaped);
    this.at = end + 1;
    return this.text.slice(start, this.at);
  }

  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [token = ''] = pattern.exec(this.text) ?? [];
    this.at += token.length;
    return token;
  }
}

const NUMBER = /-?[\d.eE+-]+/y;
const WORD = /[a-z]+/y;

function faultIn(walk: Walk, depth: number): Fault | undefined {
  const first = walk.next();
  if (first === '"') {
    walk.takeString();
    return undefined;
  }
  if (first === '{' || first === '[') {
    if (depth === MOST_DEEP) return { what: `nests deeper than ${MOST_DEEP} levels`, at: [] };
    return first === '{' ? faultInObject(walk, depth) : faultInList(walk, depth);
  }
  if (first === '-' || (first >= '0' && first <= '9')) return faultInNumber(walk.take(NUMBER));
  walk.take(WORD);
  return undefined;
}

// The shortest form of a number is the one that it comes back in.
function faultInNumber(token: string): Fault | undefined {
  if (token.length < 16 && /^(0|-?[1-9]\d*)$/.test(token)) return undefined;
  const number = Number(token);
  if (!Number.isFinite(number)) return { what: 'is a number that is too large', at: [] };
  return JSON.stringify(number) === token
    ? undefined
    : { what: 'is a number that would come back with other digits: write it as JSON does, or as a text', at: [] };
}

function faultInObject(walk: Walk, depth: number): Fault | undefined {
  const names = new Set<string>();
  walk.at++;
  while (walk.next() !== '}') {
    if (walk.next() === ',') walk.at++;
    walk.next();
    const name = JSON.parse(walk.takeString()) as string;
    // Half a surrogate pair is no text: what makes paths of names fails at it.
    if (name === '__proto__' || !name.isWellFormed()) return { what: 'has a name that no reader can have', at: [name] };
    if (names.has(name)) return { what: 'stands there twice', at: [name] };
    names.add(name);
    walk.next();
    walk.at++;
    const fault = faultIn(walk, depth + 1);
    if (fault) return below(name, fault);
  }
  walk.at++;
  return undefined;
}

function faultInList(walk: Walk, depth: number): Fault | undefined {
  walk.at++;
  for (let i = 0; walk.next() !== ']'; i++) {
    if (walk.next() === ',') walk.at++;
    const fault = faultIn(walk, depth + 1);
    if (fault) return below(i, fault);
  }
  walk.at++;
  return undefined;
}

function below(part: string | number, fault: Fault): Fault {
  fault.at.push(part);
  return fault;
}

function joined(within: string, parts: readonly (string | number)[]): string {
  return parts.reduce<string>(
    (path, part) => (typeof part === 'number' ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`),
    within,
  );
}

function refusal(path: string, what: string): TenantryError {
  return new TenantryError('NOT_JSON', `${path === '' ? 'The text' : `"${path}"`} ${what}. Nothing was written.`, {
    details: { issues: [{ path, message: what }] },
  });
}
