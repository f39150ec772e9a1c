import { runCommand } from '../command.ts';
import { type Check, one } from './check.ts';

/** Layout and lint, by Biome. */
export const format: Check = commandCheck('format', 'biome', ['check', '--error-on-warnings']);

/** Every package and app builds, in the order of their imports. */
export const build: Check = commandCheck('build', 'nx', ['run-many', '--target=build']);

/** Tests and tools are type-checked as well; what is built already costs nothing. */
export const types: Check = commandCheck('types', 'tsc', ['-b']);

/** The demo goes through its scenes and ends by itself. */
export const demo: Check = commandCheck('demo', 'node', ['tools/run.mjs', 'tools/start.ts', '--once']);

/** Real processes keep their promises while some of them die and their servers fail. */
export const robustness: Check = commandCheck('robustness', 'node', [
  'tools/run.mjs',
  'tools/robustness.ts',
  ...['--fault', 'smoke', '--seed', '1', '--rounds', '6'],
]);

function commandCheck(name: string, program: string, args: readonly string[]): Check {
  return {
    name,
    run: async () => {
      const { code, output } = await runCommand(program, args, { env: { NX_DAEMON: 'false', NX_TUI: 'false' } });
      return one(code === 0, output);
    },
  };
}
