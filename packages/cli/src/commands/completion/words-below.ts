import { type Catalog, isBranch } from '../../program/catalog.ts';

/** A word that may stand there. */
export interface Candidate {
  readonly word: string;
  readonly summary: string;
}

/** The commands that may follow these words. */
export function wordsBelow(catalog: Catalog, path: readonly string[]): Candidate[] {
  let commands = catalog;
  for (const name of path) {
    const entry = commands[name];
    if (!entry || !isBranch(entry)) return [];
    commands = entry.commands;
  }
  return Object.entries(commands)
    .filter(([, entry]) => isBranch(entry) || !entry.isHidden)
    .map(([word, { summary }]) => ({ word, summary }));
}
