import { type Catalog, isBranch, type Leaf } from './catalog.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { flagOf } from './option-flags.ts';

/** The command that words name, as far as they name one. */
export interface Wanted {
  readonly path: readonly string[];
  readonly leaf: Leaf | undefined;
}

const WITH_VALUE = new Set(
  Object.entries(GLOBAL_OPTIONS)
    .filter(([, { kind }]) => kind !== 'flag')
    .flatMap(([name, { short }]) => [flagOf(name), ...(short === undefined ? [] : [`-${short}`])]),
);

/** Which command the words are about, before any of it was loaded: the first words that are no options. */
export function wantedOf(catalog: Catalog, words: readonly string[]): Wanted {
  const path: string[] = [];
  let commands = catalog;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word.startsWith('-')) {
      if (WITH_VALUE.has(word)) i++;
      continue;
    }
    const entry = Object.hasOwn(commands, word) ? commands[word] : undefined;
    if (!entry) return { path, leaf: undefined };
    path.push(word);
    if (!isBranch(entry)) return { path, leaf: entry };
    commands = entry.commands;
  }
  return { path, leaf: undefined };
}
