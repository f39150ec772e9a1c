import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../command.ts';
import { type Check, one } from './check.ts';
import { floors } from './floors.ts';
import { importsOf } from './imports-of.ts';
import { publicEntries, undocumentedExports } from './undocumented-exports.ts';
import { upwardImports } from './upward-imports.ts';

/** More files than this in one folder are more than one idea. */
const MOST_FILES = 15;

/** Inside a package: folders import downwards, none is a heap, and whatever applications can import is described. */
export const structure: Check = {
  name: 'structure',
  run: async () => {
    const packages = readdirSync(join(root, 'packages'));
    const complaints = packages.flatMap(name => [...brokenFloors(name), ...fullFolders(name), ...undescribed(name)]);
    return one(complaints.length === 0, complaints.join('\n'));
  },
};

function brokenFloors(name: string): string[] {
  const storeys = floors[name];
  if (!storeys) return [];
  const folder = join(root, 'packages', name);
  return globSync('src/**/*.{ts,tsx}', { cwd: folder }).flatMap(file => {
    const imports = importsOf(file, readFileSync(join(folder, file), 'utf8'));
    return upwardImports({ package: name, file, imports }, storeys);
  });
}

function fullFolders(name: string): string[] {
  const sources = globSync('src/**/*.{ts,tsx}', { cwd: join(root, 'packages', name) });
  const own = sources.filter(file => !/\.(test|test-d|fixture)\.tsx?$/.test(file));
  return [...Map.groupBy(own, dirname)]
    .filter(([, files]) => files.length > MOST_FILES)
    .map(([folder, files]) => `packages/${name}/${folder} holds ${files.length} files: at most ${MOST_FILES}`);
}

function undescribed(name: string): string[] {
  return publicEntries(join(root, 'packages', name))
    .flatMap(undocumentedExports)
    .map(complaint => complaint.replace(root, ''));
}
