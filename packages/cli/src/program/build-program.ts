import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander';
import { VERSION } from '../connection/version.ts';
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

/** What is called with a command and what it was given. */
export type Run = (command: Command, args: Record<string, unknown>, options: Record<string, unknown>) => Promise<void>;

/** Where the texts of the parser go. */
export interface Texts {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** So wide is every help: the docs have it as it is printed. */
const HELP_WIDTH = 100;

/** The parser of the command line: all names are known, one command whole. Its `parseAsync` throws `CommanderError`. */
export function buildProgram(catalog: Catalog, loaded: Loaded | undefined, texts: Texts, run: Run): Commander {
  const program = prepared(new Commander('tenantry'), texts)
    .description('Reads and changes the configs of tenants, and runs the parts of Tenantry.')
    .version(VERSION, '-V, --version', 'shows the version')
    .helpOption('-h, --help', 'shows this')
    .helpCommand(false);
  addOptions(program, GLOBAL_OPTIONS);
  addCommands(program, catalog, [], loaded, texts, run);
  return program;
}

function prepared(command: Commander, { out, err }: Texts): Commander {
  return command
    .exitOverride()
    .configureHelp({ helpWidth: HELP_WIDTH, showGlobalOptions: false })
    .configureOutput({ writeOut: out, writeErr: err, outputError: () => undefined, getOutHasColors: () => false })
    .helpOption('-h, --help', 'shows this')
    .helpCommand(false);
}

function addCommands(
  parent: Commander,
  catalog: Catalog,
  before: readonly string[],
  loaded: Loaded | undefined,
  texts: Texts,
  run: Run,
): void {
  for (const [name, entry] of Object.entries(catalog)) {
    const path = [...before, name];
    const isHidden = !isBranch(entry) && entry.isHidden === true;
    const command = prepared(new Commander(name), texts).summary(entry.summary).description(`${entry.summary}.`);
    parent.addCommand(command, { hidden: isHidden });
    if (isBranch(entry)) addCommands(command, entry.commands, path, loaded, texts, run);
    else if (loaded && path.join(' ') === loaded.path.join(' ')) complete(command, loaded.command, run);
    else command.usage('[arguments]');
  }
}

function complete(made: Commander, command: Command, run: Run): void {
  const names = Object.keys(command.args);
  for (const [name, argument] of Object.entries(command.args)) made.argument(pattern(name, argument), argument.summary);
  addOptions(made, command.options);
  if (command.details) made.description([made.description(), ...command.details].join('\n\n'));
  if (command.examples.length > 0)
    made.addHelpText('after', `\nExamples:\n${command.examples.map(line => `  ${line}`).join('\n')}`);
  made.action(async (...given: unknown[]) => {
    const args = Object.fromEntries(names.map((name, i) => [name, given[i]]));
    await run(command, args, made.optsWithGlobals());
  });
}

function pattern(name: string, { kind }: Argument<unknown>): string {
  const shown = name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
  return kind === 'required' ? `<${shown}>` : kind === 'optional' ? `[${shown}]` : `[${shown}...]`;
}

function addOptions(command: Commander, options: Options): void {
  for (const [name, option] of Object.entries(options)) command.addOption(toOption(name, option));
}

function toOption(name: string, { kind, summary, value = 'VALUE', short, choices }: Option<unknown>): CommanderOption {
  const flags = `${short === undefined ? '' : `-${short}, `}${flagOf(name)}${kind === 'flag' ? '' : ` <${value}>`}`;
  const option = new CommanderOption(flags, summary);
  if (kind === 'flag') option.default(false, '');
  if (kind === 'texts') option.default([], '').argParser((each: string, all: readonly string[]) => [...all, each]);
  if (kind === 'whole') option.argParser(wholeNumber);
  if (choices) option.choices(choices);
  return option;
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CommanderError(1, 'commander.invalidArgument', `${JSON.stringify(text)} is no whole number.`);
}
