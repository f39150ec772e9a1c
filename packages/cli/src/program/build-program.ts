import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander';
import { VERSION } from '../connection/version.ts';
import { type Failure, wrongUse } from '../failures/failure.ts';
import { type Catalog, isBranch } from './catalog.ts';
import type { Command } from './define-command.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { flagOf } from './option-flags.ts';
import type { Argument, Option, Options } from './options.ts';

/** A command that was found and loaded. */
export interface Loaded {
  readonly path: readonly string[];
  readonly command: Command;
}

/** What words mean: a command with what it was given, or a text that answers them. */
export type Parsed =
  | {
      readonly command: Command;
      readonly args: Readonly<Record<string, unknown>>;
      readonly options: Readonly<Record<string, unknown>>;
    }
  | { readonly text: string /** `--help` */; readonly isAsked: boolean };

/** So wide is every help: the docs have it as it is printed. */
const HELP_WIDTH = 100;

/** Parses words. All names are known, one command whole. `INVALID_OPTION`. */
export async function parseWords(
  catalog: Catalog,
  loaded: Loaded | undefined,
  words: readonly string[],
): Promise<Parsed> {
  let text = '';
  const found: Parsed[] = [];
  const program = new Builder(
    loaded,
    part => {
      text += part;
    },
    parsed => found.push(parsed),
  ).program(catalog);
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (text === '') throw wrongUse(sentence(error.message, loaded?.path ?? []));
    return { text, isAsked: error.exitCode === 0 };
  }
  return found[0] ?? { text, isAsked: false };
}

/** The help of a command or of a word that has commands, as `--help` prints it. */
export async function helpText(
  catalog: Catalog,
  path: readonly string[],
  command: Command | undefined,
): Promise<string> {
  const parsed = await parseWords(catalog, command && { path, command }, [...path, '--help']);
  return 'text' in parsed ? parsed.text : '';
}

/** What commander says, as a sentence. */
function sentence(message: string, path: readonly string[]): string {
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const text = [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(' ').replace(/[.]?$/, '.');
  return `${text} See \`${['tenantry', ...path, '--help'].join(' ')}\`.`;
}

class Builder {
  readonly #loaded: Loaded | undefined;
  readonly #print: (text: string) => void;
  readonly #found: (parsed: Parsed) => void;

  constructor(loaded: Loaded | undefined, print: (text: string) => void, found: (parsed: Parsed) => void) {
    this.#loaded = loaded;
    this.#print = print;
    this.#found = found;
  }

  program(catalog: Catalog): Commander {
    const program = this.#prepared(new Commander('tenantry'))
      .description('Reads and changes the configs of tenants, and runs the parts of Tenantry.')
      .version(VERSION, '-V, --version', 'shows the version');
    addOptions(program, GLOBAL_OPTIONS);
    this.#addAll(program, catalog, []);
    return program;
  }

  #prepared(command: Commander): Commander {
    return command
      .exitOverride()
      .configureHelp({ helpWidth: HELP_WIDTH })
      .configureOutput({
        ...{ writeOut: this.#print, writeErr: this.#print, outputError: () => undefined },
        ...{ getOutHasColors: () => false, getErrHasColors: () => false },
      })
      .helpOption('-h, --help', 'shows this')
      .helpCommand(false);
  }

  #addAll(parent: Commander, catalog: Catalog, before: readonly string[]): void {
    for (const [name, entry] of Object.entries(catalog)) {
      const path = [...before, name];
      const isHidden = !isBranch(entry) && entry.isHidden === true;
      const command = this.#prepared(new Commander(name)).summary(entry.summary).description(`${entry.summary}.`);
      parent.addCommand(command, { hidden: isHidden });
      if (isBranch(entry)) this.#addAll(command, entry.commands, path);
      else if (path.join(' ') === this.#loaded?.path.join(' ')) this.#complete(command, this.#loaded.command);
    }
  }

  #complete(made: Commander, command: Command): void {
    const names = Object.keys(command.args);
    for (const [name, argument] of Object.entries(command.args))
      made.argument(pattern(name, argument), argument.summary);
    addOptions(made, command.options);
    made.description([made.description(), ...(command.details ?? [])].join('\n\n'));
    const examples = command.examples.map(line => `  ${line}`);
    const more = 'Every command has -o, --profile, --url and the other options of `tenantry --help`, too.';
    made.addHelpText('after', ['', 'Examples:', ...examples, '', more].join('\n'));
    made.action((...given: unknown[]) => {
      checkFilled(command, given, made.optsWithGlobals());
      const args = Object.fromEntries(names.map((name, i) => [name, given[i]]));
      this.#found({
        command,
        args,
        options: { ...unsaid({ ...GLOBAL_OPTIONS, ...command.options }), ...made.optsWithGlobals() },
      });
    });
  }
}

/** What an option is that nobody gave. */
function unsaid(options: Options): Record<string, unknown> {
  const found: [string, unknown][] = [];
  for (const [name, { kind }] of Object.entries(options)) {
    if (kind === 'flag') found.push([name, false]);
    if (kind === 'texts') found.push([name, []]);
  }
  return Object.fromEntries(found);
}

/**
 * An empty one is most often a variable of the shell that is not set: as the name of a config it would leave a hole in the address, as a filter it would
 * leave nothing out. A value may be empty.
 */
function checkFilled({ args, options }: Command, given: readonly unknown[], chosen: Record<string, unknown>): void {
  for (const [i, [name, argument]] of Object.entries(args).entries())
    if (given[i] === '') throw isEmpty(pattern(name, argument), argument.summary);
  for (const [name, option] of Object.entries<Option<unknown>>({ ...GLOBAL_OPTIONS, ...options }))
    if (!option.mayBeEmpty && [chosen[name]].flat().includes('')) throw isEmpty(flagOf(name), option.summary);
}

function isEmpty(what: string, summary: string): Failure {
  return wrongUse(`${what} (${summary}) is empty: is a variable of your shell not set?`);
}

function pattern(name: string, { kind }: Argument<unknown>): string {
  const shown = flagOf(name).slice(2);
  return kind === 'required' ? `<${shown}>` : kind === 'optional' ? `[${shown}]` : `[${shown}...]`;
}

function addOptions(command: Commander, options: Options): void {
  for (const [name, option] of Object.entries(options)) command.addOption(toOption(name, option));
}

function toOption(
  name: string,
  { kind, summary, value = 'VALUE', short, choices, range }: Option<unknown>,
): CommanderOption {
  const flags = `${short === undefined ? '' : `-${short}, `}${flagOf(name)}${kind === 'flag' ? '' : ` <${value}>`}`;
  const option = new CommanderOption(flags, summary);
  if (kind === 'texts') option.argParser((each: string, all: readonly string[] = []) => [...all, each]);
  if (kind === 'whole') option.argParser(text => wholeNumber(flagOf(name), text, range));
  if (choices) option.choices(choices);
  return option;
}

function wholeNumber(flag: string, text: string, [least, most]: readonly [number, number] = [0, MOST]): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const range = most === MOST ? `from ${least} on` : `from ${least} to ${most}`;
  throw wrongUse(`${flag} must be a whole number ${range}, got ${JSON.stringify(text)}.`);
}

const MOST = Number.MAX_SAFE_INTEGER;
