import type { Catalog } from '../../program/catalog.ts';
import { type Command, defineCommand } from '../../program/define-command.ts';
import { GLOBAL_OPTIONS } from '../../program/global-options.ts';
import { flagOf } from '../../program/option-flags.ts';
import { many, type Option, type Options } from '../../program/options.ts';
import { wantedOf } from '../../program/wanted.ts';
import { type Asking, namesFor } from './live-names.ts';
import { type Candidate, wordsBelow } from './words-below.ts';

/** `__complete -- WORD...`: what may stand for the last word. */
export function completeFor(catalog: Catalog): Command {
  return defineCommand({
    args: { words: many('the words up to the cursor') },
    options: {},
    routes: [],
    examples: [],
    async run({ args: { words }, io, out }) {
      const before = words.slice(0, -1);
      const current = words.at(-1) ?? '';
      const found = await candidates(catalog, before, current, io).catch(() => []);
      const fitting = found.filter(({ word }) => word.startsWith(current));
      await out.write(fitting.map(({ word, summary }) => `${word}\t${summary}\n`).join(''));
      return undefined;
    },
  }) as unknown as Command;
}

async function candidates(
  catalog: Catalog,
  before: readonly string[],
  current: string,
  io: Asking['io'],
): Promise<readonly Candidate[]> {
  const { path, leaf } = wantedOf(catalog, before);
  const command = await leaf?.load();
  const options: Options = { ...GLOBAL_OPTIONS, ...command?.options };
  const [url, profile, timeout] = ['--url', '--profile', '--timeout'].map(each => givenTo(before, each));
  const asking = { io, catalog, current, url, profile, timeout };
  const previous = before.at(-1);
  const [, flag = '', value = ''] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  const joined = optionOf(options, flag);
  if (joined && joined.kind !== 'flag')
    return (await namesOfOption(joined, { ...asking, current: value })).map(each => ({
      ...each,
      word: `${flag}=${each.word}`,
    }));
  const awaited = previous === undefined ? undefined : optionOf(options, previous);
  if (awaited && awaited.kind !== 'flag') return namesOfOption(awaited, asking);
  if (current.startsWith('-')) return flags(options);
  const given = before.slice(indexAfter(before, path)).filter((word, i, all) => isArgument(options, word, all[i - 1]));
  // After a word that is no command nothing is known.
  if (!command) return given.length === 0 ? wordsBelow(catalog, path) : [];
  const known = Object.values(command.args);
  const argument = known[given.length] ?? (known.at(-1)?.kind === 'many' ? known.at(-1) : undefined);
  return argument?.names === undefined ? [] : namesFor(argument.names, { ...asking, given });
}

function namesOfOption(
  { choices, names }: Option<unknown>,
  asking: Asking,
): Promise<readonly Candidate[]> | Candidate[] {
  if (choices) return choices.map(word => ({ word, summary: '' }));
  return names === undefined ? [] : namesFor(names, asking);
}

function flags(options: Options): Candidate[] {
  const all = Object.entries(options).map(([name, { summary }]) => ({ word: flagOf(name), summary }));
  return [...all, { word: '--help', summary: 'shows this' }];
}

/** Where the arguments begin: behind the last word of the command. */
function indexAfter(words: readonly string[], path: readonly string[]): number {
  let at = 0;
  for (const name of path) at = words.indexOf(name, at) + 1;
  return at;
}

function isArgument(options: Options, word: string, previous: string | undefined): boolean {
  if (word.startsWith('-')) return false;
  const option = previous === undefined ? undefined : optionOf(options, previous);
  return !option || option.kind === 'flag';
}

function optionOf(options: Options, word: string): Option<unknown> | undefined {
  return Object.entries(options).find(
    ([name, { short }]) => word === flagOf(name) || (short !== undefined && word === `-${short}`),
  )?.[1];
}

function givenTo(words: readonly string[], flag: string): string | undefined {
  const at = words.lastIndexOf(flag);
  return at === -1 ? words.find(word => word.startsWith(`${flag}=`))?.slice(flag.length + 1) : words[at + 1];
}
