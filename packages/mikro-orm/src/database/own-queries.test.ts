import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const src = new URL('..', import.meta.url);
const sources = globSync('**/*.ts', { cwd: src }).filter(
  file => !/\.(test|fixture|test-d)\.ts$|own-queries\.ts$/.test(file),
);
/** Each asks the database under the options of the application. */
const QUERY =
  /\b(?:em|memory|driver|getDriver\(\)|driverOf\(em\)|fork\(\))\s*\.(?:find\w*|count|stream|nativeUpdate|nativeDelete|upsert\w*|insert\w*|qb|createQueryBuilder|refresh|populate)\(/g;
/** The rows of the application, by keys that the unit of work gave, under locks of its transaction: the driver knows no options. */
const BY_DRIVER = new Map([['definitions/lock-rows.ts', ['driverOf(em).find(']]]);

describe('every query of ours', () => {
  it.each(sources)('%s asks nothing past own-queries.ts', file => {
    const text = readFileSync(new URL(file, src), 'utf8').replaceAll(/^\s*(?:\*|\/\/|\/\*\*|').*$/gm, '');
    expect((text.match(QUERY) ?? []).map(each => each.replaceAll(/\s/g, ''))).toEqual(BY_DRIVER.get(file) ?? []);
    if (!file.endsWith('internal-fork.ts')) expect(text).not.toMatch(/orm\.em\s*\.fork\(/);
  });
});
