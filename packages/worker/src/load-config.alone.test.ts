import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { spawnProgram } from './worker.fixture.ts';

// Each is imported by Node itself, as the config of a real process: a test runner would understand more than Node does.
const folder = mkdtempSync(join(tmpdir(), 'tenantry-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
file('package.json', '{ "type": "module" }');
file('common/package.json', '{ "type": "commonjs" }');
file('other.ts', 'export interface Named { a: number }\nexport const a = 1;');
file('folder/index.ts', 'export const a = 1;');
file('mode.ts', 'export enum Mode { Off, On }');
file('entity.ts', 'const Entity = () => (x: unknown) => x;\n@Entity()\nexport class A {}');

const ESM = '{ orm: 1, redis: 2 }';
const COMPILED = '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\n';
const taken: Record<string, string> = {
  'options, as TypeScript compiles them to CommonJS': file('common/options.js', `${COMPILED}exports.default = ${ESM};`),
  'a function, as TypeScript compiles it to CommonJS': file(
    'common/function.js',
    `${COMPILED}async function options() { return ${ESM}; }\nexports.default = options;`,
  ),
  'the same with a default export that esbuild makes': file(
    'common/esbuild.cjs',
    `module.exports = Object.defineProperties({}, { __esModule: { value: true }, default: { get: () => () => (${ESM}), enumerable: true } });`,
  ),
  'options as `module.exports`': file('common/plain.js', `module.exports = ${ESM};`),
  'a function as `module.exports`': file('common/plain-function.js', `module.exports = () => (${ESM});`),
  'a promise of options': file('promise.js', `export default Promise.resolve(${ESM});`),
  'TypeScript with types only': file('typed.ts', `export default (): { orm: number; redis: number } => (${ESM});`),
  'TypeScript in CommonJS with types only': file('common/typed.cts', `module.exports = ${ESM} as object;`),
};

it.concurrent.each(Object.entries(taken))('takes %s', async (_what, path) => {
  await using program = spawnProgram(['--config', path]);
  expect(await program.exit).toBe(1);
  // It came through to the options: those of a real worker are in main.alone.test.ts.
  expect(program.lines.at(-1)).toMatch(/INVALID_OPTION: `redis` must be an ioredis Redis/);
});

const WHAT_TO_DO = 'name the compiled .js file, or run the worker with a loader';
const stumbles: [what: string, path: string, place: string][] = [
  ['an enum', file('enum.ts', 'const a = 1;\nexport enum Mode { Off }\nexport default a;'), 'enum.ts:2'],
  [
    'an enum in a file that it imports',
    file('via.ts', "import { Mode } from './mode.ts';\nexport default Mode;"),
    'mode.ts:1',
  ],
  [
    'a decorator',
    file('decorator.ts', 'const Entity = () => (x: unknown) => x;\n\n@Entity()\nclass A {}\nexport default A;'),
    'decorator.ts:3',
  ],
  [
    'a decorator in a file that it imports',
    file('via-entity.ts', "import { a } from './other.ts';\nimport { A } from './entity.ts';\nexport default [a, A];"),
    'entity.ts:2',
  ],
  [
    'a decorator of a property',
    file('property.ts', 'const P = () => (x: unknown) => x;\nclass A {\n  @P() a = 1;\n}\nexport default A;'),
    'property.ts:3',
  ],
  [
    'a property in the parameters of a constructor',
    file('parameter.ts', 'class A { constructor(readonly a: number) {} }\nexport default A;'),
    'parameter.ts:1',
  ],
  [
    'an import without extension',
    file('extensionless.ts', "const b = 1;\nimport { a } from './other';\nexport default a + b;"),
    'extensionless.ts:2',
  ],
  ['an import of a folder', file('of-folder.ts', "import { a } from './folder';\nexport default a;"), 'of-folder.ts:1'],
  ['an import by an alias', file('alias.ts', "\nimport { a } from '@app/a/b';\nexport default a;"), 'alias.ts:2'],
  [
    'an import of a type that does not say so',
    file('type-import.ts', "import { a, Named } from './other.ts';\nexport default a as unknown as Named;"),
    'type-import.ts:1',
  ],
];

it.concurrent.each(stumbles)('says file, line and what to do about %s in TypeScript', async (_what, path, place) => {
  await using program = spawnProgram(['--config', path]);
  expect(await program.exit).toBe(1);
  expect(program.lines).toHaveLength(1);
  expect(program.lines[0]).toContain(`INVALID_OPTION: The config ${path} failed with `);
  expect(program.lines[0]).toContain(` at ${join(folder, place)}. `);
  expect(program.lines[0]).toContain(WHAT_TO_DO);
});

it.concurrent.each([
  ['does not parse', file('broken.js', 'const a = 1;\nexport default {'), 'broken.js:2'],
  ['imports what is not there', file('astray.js', "\nimport './nowhere.js';\nexport default 1;"), 'astray.js:2'],
  [
    'requires what is not there',
    file('common/astray.js', "\n\nmodule.exports = require('./nowhere');"),
    'common/astray.js:3',
  ],
])('says where JavaScript %s, and nothing about TypeScript', async (_what, path, place) => {
  await using program = spawnProgram(['--config', path]);
  expect(await program.exit).toBe(1);
  expect(program.lines).toHaveLength(1);
  expect(program.lines[0]).toContain(` at ${join(folder, place)}`);
  expect(program.lines[0]).not.toContain(WHAT_TO_DO);
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
