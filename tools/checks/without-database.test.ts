import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../command.ts';
import { importRules } from './import-rules.ts';
import { withoutDatabase } from './without-database.ts';

it('spares the second database only what is below the ORM', () => {
  expect(withoutDatabase(importRules).sort()).toEqual(['protocol', 'redis', 'sdk', 'worker-source']);
});

it('holds that no test there opens a database through the testing package', () => {
  const folders = withoutDatabase(importRules).map(name => `packages/${name}/src/**/*.ts`);
  const opening = globSync(folders, { cwd: root }).filter(file =>
    /\b(freshDatabase|databaseUrl|startServices)\b/.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(opening).toEqual([]);
});
