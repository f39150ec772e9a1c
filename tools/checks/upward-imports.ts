import { posix } from 'node:path';
import type { SourceImports } from './broken-imports.ts';

type Floors = readonly (readonly string[])[];

/** One sentence for each import of a package's own files that does not point to a lower floor. Tests and fixtures may look anywhere. */
export function upwardImports({ package: name, file, imports }: SourceImports, floors: Floors): string[] {
  if (/\.(test|test-d|fixture)\.ts$/.test(file)) return [];
  const from = folderOf(file, floors);
  if (from === undefined)
    return [`packages/${name}/${file} stands on no floor: name its folder in tools/checks/floors.ts`];
  return imports
    .filter(specifier => specifier.startsWith('.'))
    .flatMap(specifier => {
      const to = folderOf(posix.join(posix.dirname(file), specifier), floors);
      if (to === undefined || to === from || floorOf(to, floors) < floorOf(from, floors)) return [];
      return [`packages/${name}/${file} imports ${specifier}: ${to} is not on a lower floor than ${from}`];
    });
}

/** The folder on the list that a file belongs to: the deepest one that contains it. */
function folderOf(file: string, floors: Floors): string | undefined {
  const folder = posix.relative('src', posix.dirname(file)) || '.';
  const known = new Set(floors.flat());
  for (let each = folder; each !== '.'; each = posix.dirname(each)) if (known.has(each)) return each;
  return folder === '.' ? '.' : undefined;
}

function floorOf(folder: string, floors: Floors): number {
  return floors.findIndex(folders => folders.includes(folder));
}
