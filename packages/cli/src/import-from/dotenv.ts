import type { ImportMap } from './import-map.ts';
import type { Imported, ImportNote, ImportSource } from './imported.ts';
import { fromVariables, type Variable } from './variables.ts';

/** A file of variables, `.env`: comments, `export`, quotes over several lines. */
export function fromDotenv(source: ImportSource, map: ImportMap): Imported {
  const { variables, notes } = parseDotenv(source.text);
  const { entries, notes: more } = fromVariables(variables, source, map);
  return { entries, notes: [...notes, ...more] };
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/;

/**
 * The variables of such a file. `"…"` knows `\n`, `\r`, `\t`, `\"` and `\\`, `'…'` and `` `…` `` nothing; all three may be several lines long. Without quotes a value
 * ends with the line, or with a `#` after a blank. Other variables in a value are not put in. What is no variable is noted with its line.
 */
export function parseDotenv(text: string): {
  readonly variables: readonly Variable[];
  readonly notes: readonly ImportNote[];
} {
  const found = new Map<string, Omit<Variable, 'name'>>();
  const notes: ImportNote[] = [];
  const whole = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  for (let at = 0; at < whole.length; ) {
    const end = lineEnd(whole, at);
    const line = whole.slice(at, end);
    const lineNumber = whole.slice(0, at).split('\n').length;
    const place = `line ${lineNumber}`;
    const [start = '', name] = ASSIGNMENT.exec(line) ?? [];
    at = end + 1;
    if (/^\s*(#.*)?$/.test(line)) continue;
    if (name === undefined) {
      notes.push({ name: place, message: 'is neither a variable nor a comment' });
      continue;
    }
    const taken = takeValue(whole, end - line.length + start.length, end);
    if (typeof taken === 'string') {
      notes.push({ name: place, message: `${name} ${taken}` });
      // The last one would count, and nobody knows what it says.
      found.delete(name);
      continue;
    }
    at = taken.next;
    if (found.has(name)) notes.push({ name: place, message: `${name} stands in the file twice: the last one counts` });
    if (taken.hasReference)
      notes.push({ name: place, message: `${name} names another variable or a command, which is not put in` });
    if (taken.hasEscape)
      notes.push({ name: place, message: `${name} has \\$, which stays as it is: some readers make $ of it` });
    found.set(name, { value: taken.value, line: lineNumber });
  }
  return { variables: Array.from(found, ([name, rest]) => ({ name, ...rest })), notes };
}

interface Taken {
  readonly value: string;
  /** Where the next line begins. */
  readonly next: number;
  readonly hasReference: boolean;
  /** `\$`, of which readers that put in variables take the backslash away, and others do not. */
  readonly hasEscape: boolean;
}

/** Or why it has no value that every reader of such files takes from it. */
function takeValue(text: string, at: number, end: number): Taken | string {
  const quote = text[at];
  if (quote !== '"' && quote !== "'" && quote !== '`') {
    // With a blank before it, it is a comment for nearly all.
    if (quote === '#' && text[at - 1] === '=')
      return 'begins with #, which may be a comment: it is left out. Put it in quotes';
    const value = text
      .slice(at, end)
      .replace(/(^|\s)#.*$/, '')
      .trim();
    if (/(^|[^\\])(\\\\)*\\$/.test(value))
      return 'ends with a backslash: it may go on in the next line, and is left out. If it does not, put it in quotes';
    return { value, next: end + 1, hasReference: hasReference(value), hasEscape: value.includes('\\$') };
  }
  let close = text.indexOf(quote, at + 1);
  while (quote === '"' && close !== -1 && isEscaped(text, close)) close = text.indexOf(quote, close + 1);
  if (close === -1) return NO_END;
  const next = lineEnd(text, close);
  if (!/^\s*(#.*)?$/.test(text.slice(close + 1, next))) return NO_END;
  const raw = text.slice(at + 1, close);
  const value = quote === '"' ? raw.replaceAll(/\\([nrt"\\])/g, (_, letter: string) => ESCAPES[letter] as string) : raw;
  const isRead = quote === '"';
  return { value, next: next + 1, hasReference: isRead && hasReference(raw), hasEscape: isRead && raw.includes('\\$') };
}

const NO_END = 'has quotes that do not end, or something stands behind them';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

const hasReference = (value: string) => /(^|[^\\])\$(\{[A-Za-z_]|[A-Za-z_]|\()/.test(value);

function isEscaped(text: string, at: number): boolean {
  let slashes = at;
  while (text[slashes - 1] === '\\') slashes--;
  return (at - slashes) % 2 === 1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}
