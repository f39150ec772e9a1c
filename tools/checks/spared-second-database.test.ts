import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../command.ts';
import { importRules } from './import-rules.ts';
import {
  MEET_IN_ROWS,
  NOT_ABOUT_SQL,
  sparedSecondDatabase,
  WITHOUT_SQL,
  withoutDatabase,
} from './spared-second-database.ts';

it('spares whole packages only where they are below the ORM', () => {
  const others = ['nestjs', 'openfeature', 'protocol', 'redis', 'sdk', 'worker-source'];
  const spared = ['admin-api', 'admin-ui', 'cli', 'dev', 'otel', ...others].sort();
  expect(withoutDatabase(importRules).sort()).toEqual(spared);
});

it('holds that no test there opens a database through the testing package', () => {
  const folders = withoutDatabase(importRules).map(name => `packages/${name}/src/**/*.ts`);
  expect(filesWith(/\b(freshDatabase|databaseUrl|startServices)\b/, folders)).toEqual([]);
});

it('holds that no source of the folders above the ORM has SQL', () => {
  const sources = globSync(
    WITHOUT_SQL.map(folder => `${folder}/**/*.ts`),
    { cwd: root },
  ).filter(file => !/\.(test|fixture)\.ts$/.test(file));
  expect(sources.length).toBeGreaterThan(10);
  expect(filesWith(/\.execute\(|mysql2|@mikro-orm\/(sql|mysql|mariadb)/, sources)).toEqual([]);
});

it('runs there what meets in rows, and spares the others', () => {
  const spared = sparedSecondDatabase(importRules);
  expect(NOT_ABOUT_SQL.filter(file => !existsSync(join(root, file)))).toEqual([]);
  expect(MEET_IN_ROWS.filter(file => !existsSync(join(root, file)) || spared.includes(file))).toEqual([]);
  expect(spared).toContain('packages/worker/src/main.alone.test.ts');
  expect(spared).toContain('apps/robustness/src/machines/cluster.alone.test.ts');
});

function filesWith(pattern: RegExp, files: string[]): string[] {
  return globSync(files, { cwd: root }).filter(file => pattern.test(readFileSync(join(root, file), 'utf8')));
}
