/** One entry of a file of properties. */
export interface Property {
  readonly key: string;
  readonly value: string;
}

/**
 * A file of properties, as Java writes them: `key=value`, `key: value` or `key value`, comments after `#` or `!`, a backslash at the end of a line goes on in the
 * next, `\uXXXX` and the usual escapes.
 */
export function parseProperties(text: string): readonly Property[] {
  return logicalLines(text).map(line => {
    let end = 0;
    while (end < line.length && !/[ \t\f=:]/.test(line[end] as string)) end += line[end] === '\\' ? 2 : 1;
    const rest = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
    return { key: unescaped(line.slice(0, end)), value: unescaped(rest) };
  });
}

/** Without comments and empty lines, and with those put together that go on. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    // Blanks of other scripts belong to names and values.
    const line = raw.replace(/^[ \t\f]+/, '');
    if (open === undefined && (line === '' || /^[#!]/.test(line))) continue;
    const goesOn = /(^|[^\\])(\\\\)*\\$/.test(line);
    const joined: string = (open ?? '') + (goesOn ? line.slice(0, -1) : line);
    open = goesOn ? joined : undefined;
    if (!goesOn) lines.push(joined);
  }
  if (open !== undefined) lines.push(open);
  return lines;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' };

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9A-Fa-f]{4})|(.))/gs, (_, code: string | undefined, letter: string) =>
    code === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
