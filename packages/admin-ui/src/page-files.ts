import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file of the page. */
export interface PageFile {
  /** For `Content-Type`. */
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Its name has a hash of its content: a browser may keep it for ever. */
  readonly immutable: boolean;
}

/** Options of `pageFiles`. */
export interface PageFilesOptions {
  /** The path that the admin is served under; begins and ends with `/`. Default `/`. */
  readonly base?: string;
  /** Where the page was built. Default: in this package. */
  readonly folder?: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The files of the page by their path below `base`: `''` is the page itself, for every address of it, and `assets/…` what it loads. Empty where
 * the package was not built.
 */
export function pageFiles({ base = '/', folder = built() }: PageFilesOptions = {}): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of namesIn(join(folder, 'assets')))
    files.set(`assets/${name}`, fileOf(name, readFileSync(join(folder, 'assets', name)), true));
  if (files.size === 0) return files;
  const html = readFileSync(join(folder, 'index.html'), 'utf8').replace(
    '<base href="/"',
    `<base href="${escaped(base)}"`,
  );
  return files.set('', fileOf('index.html', new TextEncoder().encode(html), false));
}

// The same from the sources and from what is built of them.
function built(): string {
  return fileURLToPath(new URL('../dist/page/', import.meta.url));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function fileOf(name: string, body: Uint8Array, immutable: boolean): PageFile {
  return { type: TYPES[extname(name)] ?? 'application/octet-stream', body: new Uint8Array(body), immutable };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
