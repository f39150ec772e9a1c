import { defineConfig } from 'vitest/config';
import { packageSources } from './packages/testing/src/package-sources.ts';

const sources = ['packages/*/src', 'apps/*/src', 'tools'];
const named = (ending: string) => sources.map(folder => `${folder}/**/*${ending}`);

export default defineConfig({
  resolve: {
    // Tests run on the sources, so that none of them needs a build.
    alias: Array.from(packageSources(), ([name, source]) => ({ find: new RegExp(`^${name}$`), replacement: source })),
  },
  // Vitest does not lower standard decorators; the legacy ones it does.
  oxc: { decorator: { legacy: true } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: named('.test.ts'),
          exclude: [...named('.int.test.ts'), '**/node_modules/**'],
          // The random models take seconds, and more of them on a busy machine.
          testTimeout: 20_000,
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
            tsconfig: './tsconfig.tests.json',
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
          // Two cores are common and these tests mostly wait: three at a time keep both busy.
          maxWorkers: 3,
          testTimeout: 20_000,
          // Real servers, real faults and two noisy cores: once more on CI, where nobody can look again. The report
          // names what needed it; at home every failure is one.
          retry: process.env.CI ? 1 : 0,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
