import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Every module that our packages export, and the TypeScript file it is built from: `@tenantry/protocol/wire` →
 * `packages/protocol/src/wire.ts`. The `exports` of each package.json are the one list of them.
 */
export function packageSources(): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const path of globSync('*/package.json', { cwd: packages })) {
    const { name, exports } = JSON.parse(readFileSync(join(packages, path), 'utf8')) as Manifest;
    for (const [subpath, target] of Object.entries(exports)) {
      const built = typeof target === 'string' ? target : target.default;
      const source = built.replace(/^\.\/dist\/(.*)\.js$/, './src/$1.ts');
      sources.set(name + subpath.slice(1), join(packages, dirname(path), source));
    }
  }
  return sources;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}
