import { readFileSync } from 'node:fs';
import type { ErrorText } from './error-help.ts';

const read = (page: string) => readFileSync(new URL(`../../../../../docs/reference/${page}`, import.meta.url), 'utf8');

/** What the docs say of every code: of the packages, of the server, and of this program. */
export function errorTextsOfDocs(): ErrorText[] {
  const rows = new Map<string, ErrorText>();
  for (const [, code = '', section = ''] of read('errors.md').matchAll(
    /^### `([A-Z_]+)`\n([\s\S]*?)(?=^##|$(?![\s\S]))/gm,
  ))
    rows.set(code, sectionText(code, section));
  // What both have means here what the server says.
  for (const row of tableRows(read('admin-api.md'), /^\| `([A-Z_]+)` +\| \d{3} +\| (.+?) +\|$/gm))
    rows.set(row.code, row);
  for (const row of tableRows(read('command-line.md'), /^\| `([A-Z_]+)` +\| \d +\| (.+?) +\|(?: (.+?) +\|)?$/gm))
    rows.set(row.code, row);
  return [...rows.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}

function sectionText(code: string, section: string): ErrorText {
  const field = (name: string) =>
    plain(new RegExp(`\\*\\*${name}:\\*\\* ([\\s\\S]*?)(?=\\n- \\*\\*|\\n\\n|$)`).exec(section)?.[1] ?? '');
  const [happened, means, todo] = ['What happened', 'What it means', 'What to do'].map(field) as [
    string,
    string,
    string,
  ];
  return { code, happened, means, todo, retryable: field('Retryable') };
}

function tableRows(page: string, row: RegExp): ErrorText[] {
  return [...page.matchAll(row)].map(([, code = '', happened = '', todo]) => ({
    ...{ code, happened: plain(happened) },
    ...(todo !== undefined && { todo: plain(todo) }),
  }));
}

/** Without the addresses of links, which lead nowhere on a terminal, and in one line. */
function plain(text: string): string {
  return text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
