import { expect, it } from 'vitest';
import { brokenImports } from './broken-imports.ts';
import { importRules } from './import-rules.ts';

const check = (name: string, file: string, ...imports: string[]): string[] =>
  brokenImports({ package: name, file, imports }, importRules, ['@tenantry/redis', '@tenantry/protocol', 'rxjs']);

it('lets a package import what stands below it', () => {
  expect(check('sdk', 'src/client.ts', '@tenantry/redis', 'rxjs', 'rxjs/operators', './cache.js', 'node:fs')).toEqual(
    [],
  );
});

it('judges a subpath by its package', () => {
  expect(check('sdk', 'src/client.ts', '@tenantry/protocol/wire', '@tenantry/protocol/internal')).toEqual([]);
  expect(check('sdk', 'src/client.ts', '@tenantry/worker-source')).toHaveLength(1);
  expect(check('redis', 'src/apply.ts', '@tenantry/redis/scripts')).toHaveLength(1);
});

it('keeps ORM and queue away from readers', () => {
  expect(check('sdk', 'src/client.ts', '@mikro-orm/core', 'bullmq')).toHaveLength(2);
  expect(check('sdk', 'src/client.int.test.ts', '@tenantry/mikro-orm')).toHaveLength(1);
  expect(check('worker-source', 'src/worker-source.ts', '@mikro-orm/core', '@tenantry/mikro-orm')).toHaveLength(2);
});

it('keeps I/O out of the protocol', () => {
  expect(check('protocol', 'src/envelope.ts', 'node:fs', 'ioredis')).toHaveLength(2);
});

it('lets only tests use the testing package', () => {
  expect(check('redis', 'src/apply.ts', '@tenantry/testing')).toHaveLength(1);
  expect(check('redis', 'src/apply.int.test.ts', '@tenantry/testing', 'vitest', 'zod')).toEqual([]);
  expect(check('testing', 'src/eventually.ts', '@tenantry/protocol')).toHaveLength(1);
});

it('lets a test share the vectors of a package below it, and no other file', () => {
  expect(check('redis', 'src/apply.test.ts', '../../protocol/src/vectors.fixture.ts')).toEqual([]);
  expect(check('redis', 'src/apply.test.ts', '../../protocol/src/envelope.ts')).toHaveLength(1);
  expect(check('redis', 'src/apply.test.ts', '../../sdk/src/vectors.fixture.ts')).toHaveLength(1);
  expect(check('redis', 'src/apply.ts', '../../protocol/src/vectors.fixture.ts')).toHaveLength(1);
});

it('sees a way out through a relative path, and a dependency that nobody declared', () => {
  expect(check('sdk', 'src/client.ts', '../../redis/src/apply.js')[0]).toContain('leaves its package');
  expect(check('sdk', 'src/client.ts', 'ioredis')[0]).toContain('package.json');
});

it('lets what a build bundles come from development, below its folder and without I/O', () => {
  expect(check('admin-ui', 'src/page/main.tsx', 'preact', '@tenantry/admin-api/rights')).toEqual([]);
  expect(check('admin-ui', 'src/page/main.tsx', 'node:fs')).toHaveLength(1);
  expect(check('admin-ui', 'src/page/main.tsx', 'rxjs')).toHaveLength(1);
  expect(check('admin-ui', 'src/page-files.ts', 'preact')).toHaveLength(1);
  expect(check('admin-ui', 'src/page-files.ts', 'node:fs')).toEqual([]);
});
