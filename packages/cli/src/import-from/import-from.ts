import { wrongUse } from '../failures/failure.ts';
import { fromApollo } from './apollo.ts';
import { fromDotenv } from './dotenv.ts';
import { fromFlagsmith } from './flagsmith.ts';
import { fromGrowthbook } from './growthbook.ts';
import { notesOfPages } from './growthbook-pages.ts';
import type { ImportMap } from './import-map.ts';
import type { Imported, ImportSource } from './imported.ts';
import { fromUnleash } from './unleash.ts';

/** The systems whose files are understood. `env` is this process's environment, which is no file. */
export const SYSTEMS = ['env', 'dotenv', 'apollo', 'unleash', 'flagsmith', 'growthbook'] as const;

/** One of `SYSTEMS`. */
export type ForeignSystem = (typeof SYSTEMS)[number];

const READERS: Readonly<Record<Exclude<ForeignSystem, 'env'>, (source: ImportSource, map: ImportMap) => Imported>> = {
  dotenv: fromDotenv,
  apollo: fromApollo,
  unleash: fromUnleash,
  flagsmith: fromFlagsmith,
  growthbook: fromGrowthbook,
};

/** What files of another system become here, together. A value that two files have is taken from the first, and noted. */
export function importFrom(
  system: Exclude<ForeignSystem, 'env'>,
  sources: readonly ImportSource[],
  map: ImportMap,
): Imported {
  if (sources.length === 0) throw wrongUse(`Name a file: \`tenantry import --from ${system} FILE\`.`);
  const entries = new Map<string, Imported['entries'][number]>();
  const notes = system === 'growthbook' ? [...notesOfPages(sources)] : [];
  for (const source of sources) {
    const imported = READERS[system](source, map);
    notes.push(...imported.notes);
    for (const entry of imported.entries) {
      const key = `${entry.scope}\n${entry.config}`;
      if (entries.has(key))
        notes.push({
          name: source.file,
          message: `${entry.config} of ${entry.scope} has a value from another file already`,
        });
      else entries.set(key, entry);
    }
  }
  return { entries: [...entries.values()], notes };
}
