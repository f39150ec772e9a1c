import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../command.ts';
import { brokenImports } from './broken-imports.ts';
import { type Check, one } from './check.ts';
import { importRules } from './import-rules.ts';
import { importsOf } from './imports-of.ts';
import { internalImports } from './internal-imports.ts';

/** The packages point one way only, type imports included, and applications use only what is public. */
export const imports: Check = {
  name: 'imports',
  run: async () => {
    const broken = packageNames().flatMap(name => {
      const folder = join(root, 'packages', name);
      const declared = declaredDependencies(folder);
      return globSync('src/**/*.{ts,tsx}', { cwd: folder }).flatMap(file => {
        const imported = importsOf(file, readFileSync(join(folder, file), 'utf8'));
        return brokenImports({ package: name, file, imports: imported }, importRules, declared);
      });
    });
    const internal = globSync('apps/*/src/**/*.ts', { cwd: root }).flatMap(file =>
      internalImports(file, importsOf(file, readFileSync(join(root, file), 'utf8'))),
    );
    const complaints = [...broken, ...internal];
    return one(complaints.length === 0, complaints.join('\n'));
  },
};

function packageNames(): string[] {
  return readdirSync(join(root, 'packages')).filter(name => existsSync(join(root, 'packages', name, 'package.json')));
}

function declaredDependencies(folder: string): string[] {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.keys({ ...dependencies, ...peerDependencies });
}
