import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { routesPage } from './routes-page.fixture.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const file = join(root, 'docs/reference/admin-api.md');
const MARKS = /(<!-- routes -->\n)[\s\S]*(<!-- end of routes -->)/;

/** Biome makes columns as wide as their widest cell. */
const plain = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---').trim();

it('docs/reference/admin-api.md has the table of routes (TENANTRY_WRITE_DOCS=1 writes it)', () => {
  const page = readFileSync(file, 'utf8');
  const wanted = page.replace(MARKS, (_, begin: string, end: string) => `${begin}\n${routesPage()}\n${end}`);
  if (process.env.TENANTRY_WRITE_DOCS) writeFileSync(file, wanted);
  expect(plain(page)).toBe(plain(wanted));
});

it('docs/reference/admin-api.md has each code that the server answers with beside those of the packages', () => {
  const sources = readdirSync(join(root, 'packages/admin/src'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(name))
    .map(name => readFileSync(join(root, 'packages/admin/src', name), 'utf8'))
    .join('\n');
  const errors = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8');
  const codes = [...sources.matchAll(/new Refused\(\s*\d{3},\s*'([A-Z_]+)'/g)].map(([, code = '']) => code);
  const own = [...new Set(codes)].filter(code => !errors.includes(`\`${code}\``));
  expect(own.length).toBeGreaterThan(5);
  const page = readFileSync(file, 'utf8');
  expect(own.filter(code => !page.includes(`| \`${code}\``))).toEqual([]);
});
