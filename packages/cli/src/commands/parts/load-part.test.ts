import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadPart } from './load-part.ts';

it.each([
  ['@tenantry/nowhere', 'This needs @tenantry/nowhere, which is not installed: npm install @tenantry/nowhere'],
  ['@tenantry/part', '@tenantry/part needs @tenantry/nowhere, which is not installed: npm install @tenantry/nowhere'],
])('of %s the package that is missing is named, and how to install it', async (part, message) => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-part-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'part.mjs');
  writeFileSync(file, "import '@tenantry/nowhere';\n");
  // By Node itself: the test runner says it in other words.
  const load = async () => createRequire(import.meta.url)(file) as unknown;
  await expect(loadPart(part, load)).rejects.toMatchObject({ code: 'NOT_INSTALLED', message });
});
