import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { packageSources } from './package-sources.ts';

it('finds the source of a package and of each of its subpaths', () => {
  const sources = packageSources();
  expect(sources.get('@tenantry/sdk')).toMatch(/packages\/sdk\/src\/index\.ts$/);
  expect(sources.get('@tenantry/protocol/wire')).toMatch(/packages\/protocol\/src\/wire\.ts$/);
  expect(sources.get('@tenantry/worker-source')).toMatch(/packages\/worker-source\/src\/index\.ts$/);
});

it.each([...packageSources()])('finds a file for %s', (_, file) => {
  expect(existsSync(file)).toBe(true);
});
