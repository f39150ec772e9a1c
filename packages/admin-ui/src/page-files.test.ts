import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPageForTest } from './built-page.fixture.ts';
import { createPage } from './create-page.ts';
import { pageFiles } from './page-files.ts';

let folder = '';
let remove = (): void => {};
beforeAll(() => {
  ({ folder, remove } = buildPageForTest());
});
afterAll(() => remove());

const textOf = (path: string): string => new TextDecoder().decode(pageFiles({ folder }).get(path)?.body);
const sizeOf = (path: string): number => gzipSync(pageFiles({ folder }).get(path)?.body ?? '', { level: 9 }).length;

/** What a file loads at once, and what those load. */
function closure(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const statics = textOf(path).matchAll(/(?:from|import)\s?"\.\/([^"]+)"/g);
  for (const [, name] of statics) closure(`assets/${name}`, found);
  return found;
}

const first = (): string[] => {
  const named = [...textOf('').matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, path = '']) => path);
  return [...new Set(['', ...named.flatMap(path => [...closure(path)])])];
};
const total = (paths: Iterable<string>): number => [...paths].reduce((sum, path) => sum + sizeOf(path), 0);

describe('the page', () => {
  it('loads 60 kB at most before it is there, compressed', () => {
    expect(first().length).toBeGreaterThan(4);
    expect(total(first())).toBeLessThanOrEqual(60_000);
  });

  it('loads 150 kB at most for an editor', () => {
    const editor = [...pageFiles({ folder }).keys()].find(path => path.includes('code-editor'));
    const more = [...closure(editor ?? '')].filter(path => !first().includes(path));
    expect(total(more)).toBeGreaterThan(50_000);
    expect(total(more)).toBeLessThanOrEqual(150_000);
  });

  it('names nothing of another server, and has neither scripts nor styles in its HTML', () => {
    expect(textOf('')).not.toMatch(/https?:|<style|style=|<script>|onload/);
    for (const path of pageFiles({ folder }).keys())
      if (path.endsWith('.css')) expect(textOf(path)).not.toMatch(/url\(|@import/);
  });

  it('runs no code from text', () => {
    for (const path of pageFiles({ folder }).keys())
      if (path.endsWith('.js')) expect(textOf(path)).not.toMatch(/\beval\(|new Function\(/);
  });
});

describe('createPage', () => {
  const get = (path: string, base = '/', method = 'GET') =>
    createPage({ folder, base })(new Request(`http://localhost${path}`, { method }));

  it('answers every address of the page with the page, and lets no browser keep it', async () => {
    for (const path of ['/', '/tenants/acme/configs/x', '/nothing']) {
      const response = await get(path);
      expect(response?.headers.get('content-type')).toContain('text/html');
      expect(response?.headers.get('cache-control')).toBe('no-cache');
      expect(response?.headers.get('content-security-policy')).not.toContain('unsafe');
    }
  });

  it('answers files by their names for ever, and no file that is not there', async () => {
    const path = [...pageFiles({ folder }).keys()].find(each => each.endsWith('.js'));
    expect((await get(`/${path}`))?.headers.get('cache-control')).toContain('immutable');
    expect(await get('/assets/gone.js')).toBeUndefined();
    expect(await get('/', '/', 'POST')).toBeUndefined();
  });

  it('lives below a path', async () => {
    expect(await (await get('/admin/tenants', '/admin/'))?.text()).toContain('<base href="/admin/"');
    expect((await get('/admin', '/admin/'))?.status).toBe(200);
    expect(await get('/other', '/admin/')).toBeUndefined();
  });

  it('is nothing where it was not built', async () => {
    expect(await createPage({ folder: `${folder}/none` })(new Request('http://localhost/'))).toBeUndefined();
  });
});
