import type { Command } from './define-command.ts';

/** A command that is loaded when it is called. */
export interface Leaf {
  readonly summary: string;
  readonly load: () => Promise<Command>;
  /** For the program itself: in no list. */
  readonly isHidden?: true | undefined;
}

/** Commands under one word: `groups list`. */
export interface Branch {
  readonly summary: string;
  readonly commands: Catalog;
}

/** Every command by its name. */
export interface Catalog {
  readonly [name: string]: Leaf | Branch;
}

/** `load` imports the module of a command: `leaf('Shows a config', () => import('./get.ts'), 'get')`. */
export function leaf<Name extends string>(
  summary: string,
  load: () => Promise<{ readonly [N in Name]: unknown }>,
  name: Name,
  more: Pick<Leaf, 'isHidden'> = {},
): Leaf {
  return { summary, load: async () => (await load())[name] as Command, ...more };
}

export function isBranch(entry: Leaf | Branch): entry is Branch {
  return 'commands' in entry;
}

/** Every command with its whole name. */
export function* walk(
  catalog: Catalog,
  before: readonly string[] = [],
): Generator<[path: readonly string[], leaf: Leaf]> {
  for (const [name, entry] of Object.entries(catalog)) {
    if (isBranch(entry)) yield* walk(entry.commands, [...before, name]);
    else yield [[...before, name], entry];
  }
}
