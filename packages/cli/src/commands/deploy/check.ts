import {
  checkDocuments,
  checkLayers,
  type FileProblem,
  findWarnings,
  loadDefinitions,
  problemLine,
  scanFolder,
} from '@tenantry/loader/folder';
import { EXIT } from '../../failures/exit-codes.ts';
import { wrongUse } from '../../failures/failure.ts';
import { counted } from '../../output/counted.ts';
import { printable } from '../../output/text-width.ts';
import { defineCommand } from '../../program/define-command.ts';
import { required, text } from '../../program/options.ts';

/** `check DIR --definitions FILE` */
export const check = defineCommand({
  details: [
    'Reads a folder of configuration files and checks each value with the definitions, without a server: for a hook of git, and for the first step of a CI. FILE is a module that exports what `defineConfig` makes, or lists of it.',
    'It names files with line and column, and never a value. It ends with 0 where every file is as it should be, and with 1 where one is not. References to secrets are not followed.',
    'A field that the schema does not name may be misspelt: a warning on stderr names it, and the program ends as it does without one.',
    'Of configs that are merged it checks what comes of all scopes of the folder, which it takes for all there is: `tenantry plan` knows what else the server has.',
  ],
  args: { dir: required('the folder', 'file') },
  options: { definitions: text('the module of the definitions', { value: 'FILE', short: 'd', names: 'file' }) },
  routes: [],
  examples: ['tenantry check config/ --definitions src/definitions.ts'],
  async run({ args: { dir }, options: { definitions: file }, out, say }) {
    if (file === undefined) throw wrongUse('--definitions FILE is missing: the module that exports your configs.');
    const configs = await loadDefinitions(file);
    const { documents, problems } = checkLayers(checkDocuments(await scanFolder(dir), configs), configs);
    for (const warning of findWarnings(documents, configs)) say(problemLine(warning));
    if (!out.isForPeople) {
      await out.findings(oneOf(problems), [{ title: 'PROBLEM', of: problemLine }], '');
      return problems.length > 0 ? EXIT.failed : EXIT.done;
    }
    const sum = `${counted(documents.length, 'value')}, ${counted(problems.length, 'problem')}`;
    await out.one({}, [...problems.map(problem => printable(problemLine(problem))), sum]);
    return problems.length > 0 ? EXIT.failed : EXIT.done;
  },
});

async function* oneOf(problems: readonly FileProblem[]): AsyncGenerator<readonly FileProblem[]> {
  yield problems;
}
