import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { undocumentedExports } from './undocumented-exports.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenantry-exports-'));
afterAll(() => rmSync(folder, { recursive: true }));

function complaints(files: Record<string, string>): string[] {
  for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source);
  return undocumentedExports(join(folder, 'index.ts')).map(complaint => complaint.replace(`${folder}/`, ''));
}

it('names an export without a description, wherever it is declared', () => {
  const found = complaints({
    'index.ts': "export { good, bad } from './a.ts'; export { deep } from './b.ts'; export const own = 1;",
    'a.ts': '/** It is described. */\nexport function good() {}\n// Not a description.\nexport function bad() {}',
    'b.ts': "export { deep } from './c.ts';",
    'c.ts': 'export class deep {}',
  });
  expect(found).toEqual([
    'a.ts: bad has no description',
    'c.ts: deep has no description',
    'index.ts: own has no description',
  ]);
});

it('names an option without a description, and no member of another interface', () => {
  const found = complaints({
    'index.ts': "export type { StartOptions, Result } from './a.ts';",
    'a.ts':
      '/** Options. */\nexport interface StartOptions {\n  /** In ms. */\n  a: number;\n  b: string;\n}\n/** A result. */\nexport interface Result { c: string }',
  });
  expect(found).toEqual(['a.ts: StartOptions: b: string; has no description']);
});

it('refuses an export of everything, and one that is nowhere', () => {
  const found = complaints({
    'index.ts': "export * from './a.ts'; export { gone } from './a.ts';",
    'a.ts': 'export {};',
  });
  expect(found).toEqual([
    `${folder}/index.ts exports *: name the exports, one by one`.replace(`${folder}/`, ''),
    'a.ts: the export gone was not found',
  ]);
});
