import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { packageSources } from './packages/testing/src/package-sources.ts';
import { LongestFirst } from './tools/vitest/longest-first.ts';

// Read by the workers and by the processes that tests start: half of what the start of one costs.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('./.tenantry/compile-cache', import.meta.url));

const sources = ['packages/*/src', 'apps/*/src', 'tools'];
const named = (ending: string) => sources.map(folder => `${folder}/**/*${ending}`);

// docs/testing.md says which kind is for what.
export default defineConfig({
  resolve: {
    // Tests run on the sources, so that none of them needs a build.
    alias: Array.from(packageSources(), ([name, source]) => ({ find: new RegExp(`^${name}$`), replacement: source })),
  },
  // Vitest does not lower standard decorators; the legacy ones it does.
  oxc: { decorator: { legacy: true } },
  test: {
    // A test that needs a second try is broken, or has found something.
    retry: 0,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: named('.test.ts'),
          exclude: [...named('.int.test.ts'), ...named('.alone.test.ts'), '**/node_modules/**'],
          // Importing our modules does nothing, so files may share what they imported.
          isolate: false,
          // The random models take seconds, and minutes on a busy machine; the page is built before its tests.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          // Errors outside of these files are the business of `tsc -b`.
          typecheck: {
            enabled: true,
            only: true,
            include: named('.test-d.ts'),
            // Of these files alone: the others are as many again as they take long.
            tsconfig: './tsconfig.types.json',
            ignoreSourceErrors: true,
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: named('.int.test.ts'),
          globalSetup: ['packages/testing/src/vitest-services.ts'],
          pool: 'forks',
          isolate: false,
          // Two cores are common and these tests mostly wait: three at a time keep both busy.
          maxWorkers: 3,
          // Longer than `eventually`: it says what was waited for, and this does not.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: named('.alone.test.ts'),
          globalSetup: ['packages/testing/src/vitest-services.ts'],
          pool: 'forks',
          isolate: false,
          // They start servers and processes, or time them: one such file at a time.
          maxWorkers: 1,
          // Longer than `eventually`: it says what was waited for, and this does not.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
