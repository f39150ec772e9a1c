import { wrongUse } from '../../failures/failure.ts';
import { helpText } from '../../program/build-program.ts';
import type { Catalog } from '../../program/catalog.ts';
import { type Command, defineCommand } from '../../program/define-command.ts';
import { many } from '../../program/options.ts';
import { wantedOf } from '../../program/wanted.ts';
import { errorLines, errorsPage } from './error-help.ts';

/** `help COMMAND...` and `help errors CODE` */
export function helpFor(catalog: Catalog): Command {
  return defineCommand({
    details: [
      '`help errors` lists every code that a command can end with, and `help errors CODE` says what it means and what to do.',
    ],
    args: { words: many('a command, or: errors CODE', 'command') },
    options: {},
    routes: [],
    examples: ['tenantry help set', 'tenantry help groups set', 'tenantry help errors CONFLICT'],
    async run({ args: { words }, out }) {
      const [first, code] = words;
      if (first === 'errors' && code === undefined) return errorsPage(out);
      if (first === 'errors' && code !== undefined) return errorLines(code, out);
      const { path, leaf } = wantedOf(catalog, words);
      if (path.length < words.length)
        throw wrongUse(`There is no command "${words.join(' ')}": see \`tenantry --help\`.`);
      await out.write(await helpText(catalog, path, await leaf?.load()));
      return undefined;
    },
  }) as unknown as Command;
}
