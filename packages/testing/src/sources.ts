// `node --import @tenantry/testing/sources file.ts` runs our TypeScript as it lies there, without a build: for the
// child processes of tests. Node strips the types by itself; what it does not know is that './x.js' is './x.ts' here
// and that our own packages have sources.
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageSources } from './package-sources.ts';

const sources = packageSources();

registerHooks({
  resolve(specifier, context, nextResolve) {
    const ours = sources.get(specifier);
    if (ours) return nextResolve(pathToFileURL(ours).href, context);
    if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.startsWith('file:')) {
      const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
      if (existsSync(fileURLToPath(source))) return nextResolve(source.href, context);
    }
    return nextResolve(specifier, context);
  },
});
