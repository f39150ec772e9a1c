import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.tenantry', '.nx']);
const { files, folders } = everythingBelow('');
const pages = files.filter(file => /^(docs\/.*|(packages|apps)\/[^/]+\/README|[^/]+)\.md$/.test(file));

function everythingBelow(folder: string): { readonly files: string[]; readonly folders: string[] } {
  const found = { files: [] as string[], folders: [] as string[] };
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    if (NOT_OURS.has(entry.name)) continue;
    const name = path.posix.join(folder, entry.name);
    if (!entry.isDirectory()) {
      found.files.push(name);
      continue;
    }
    const inner = everythingBelow(name);
    found.folders.push(name, ...inner.folders);
    found.files.push(...inner.files);
  }
  return found;
}

function read(page: string): string {
  return readFileSync(path.join(root, page), 'utf8');
}

/** The page without its blocks of code. */
function proseOf(page: string): string {
  return read(page).replace(/^( *)```[\s\S]*?^\1```/gm, '');
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('docs/architecture.md', () => {
  it('has one line for each folder of the packages, and names no folder that is not there', () => {
    const named = [...read('docs/architecture.md').matchAll(/^\| `(packages\/[^`]+)` +\|/gm)].map(([, name]) => name);
    const there = folders.filter(folder => /^packages\/[^/]+\/src(\/|$)/.test(folder));
    expect(named.sort()).toEqual(there.sort());
  });
});

describe.each(pages)('%s', page => {
  it('links only to pages, files and headings that exist', () => {
    const broken = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter(link => !/^[a-z]+:/.test(link))
      .filter(link => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file).replace(/\/$/, '');
        if (folders.includes(target)) return false;
        return !files.includes(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
      });
    expect(broken).toEqual([]);
  });

  it('names only source files and folders that exist', () => {
    const missing = [...proseOf(page).matchAll(/`([\w@./-]+)`/g)]
      .map(([, name = '']) => name.replace(/\/$/, ''))
      .filter(name => /^(packages|apps|tools|docs)\/|\.(ts|mjs|md)$/.test(name))
      .filter(name => !isThere(name) && !OF_THE_READER.has(name));
    expect(missing).toEqual([]);
  });
});

/** By its whole path, or by the end of it. */
function isThere(name: string): boolean {
  return [...files, ...folders].some(each => each === name || each.endsWith(`/${name}`));
}

/** Files of an application, which the pages tell their reader to write, and patterns. */
const OF_THE_READER = new Set([
  ...pages.flatMap(page =>
    [...read(page).matchAll(/^```\w+\n\/\/ ([\w.-]+\.[jt]s)\b/gm)].map(([, name]) => name ?? ''),
  ),
  ...['x.test.ts', 'x.int.test.ts', 'x.alone.test.ts', 'x.test-d.ts', 'index.ts'],
]);
