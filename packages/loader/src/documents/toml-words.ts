/** A value that stands without quotes, as it is written: a number, a date, a time. */
export interface TomlWord {
  readonly word: string;
  /** Where it begins. */
  readonly at: number;
}

const TOKEN = /#[^\n]*|"""|'''|["'\n[\]{}=]|[^\s"'#[\]{}=,]+/g;

/** The words among the values of a text that the parser took. Names that look like one are left out. */
export function* tomlWords(text: string): Generator<TomlWord, void, undefined> {
  let depth = 0;
  let isValue = false;
  const token = new RegExp(TOKEN);
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [word] = found;
    if (QUOTES.has(word)) token.lastIndex = endOfText(text, token.lastIndex, word);
    else if (word === '=') isValue = true;
    else if (word === '\n') isValue = depth > 0;
    // Otherwise it is the header of a table.
    else if (isValue && OPENING.has(word)) depth++;
    else if (isValue && CLOSING.has(word)) depth--;
    else if (isValue && /\d/.test(word) && !isName(text, token.lastIndex)) yield { word, at: found.index };
  }
}

const QUOTES: ReadonlySet<string> = new Set(['"""', "'''", '"', "'"]);
const OPENING: ReadonlySet<string> = new Set(['[', '{']);
const CLOSING: ReadonlySet<string> = new Set([']', '}']);

function isName(text: string, end: number): boolean {
  return /[ \t]*=/y.test(text.slice(end, end + 100));
}

/** Behind the quotes that end a text. */
function endOfText(text: string, start: number, quotes: string): number {
  let end = text.indexOf(quotes, start);
  while (quotes.startsWith('"') && isEscaped(text, end)) end = text.indexOf(quotes, end + 1);
  // Two more may belong to a text of several lines.
  do end++;
  while (quotes.length === 3 && text[end + 2] === quotes[0]);
  return end - 1 + quotes.length;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = at;
  while (text[slashes - 1] === '\\') slashes--;
  return (at - slashes) % 2 === 1;
}
