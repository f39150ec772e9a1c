import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const sources = fileURLToPath(new URL('./src/page/', import.meta.url));

/** Builds the page into a folder: `index.html`, and `assets/` with a hash of its content in each name. */
export async function buildPage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const result = await build({
    entryPoints: ['main.tsx', 'theme.ts', 'style/page.css', 'icon.svg'].map(name => join(sources, name)),
    outdir: join(folder, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'copy' },
    // The page bundles what it uses of our packages from their sources, so that its build needs none of theirs.
    alias: Object.fromEntries(
      ['rights', 'paths'].map(face => [
        `@tenantry/admin-api/${face}`,
        join(sources, `../../../admin-api/src/${face}.ts`),
      ]),
    ),
    metafile: true,
    legalComments: 'none',
  });
  const names = Object.keys(result.metafile.outputs).map(path => `assets/${basename(path)}`);
  const named = (pattern: RegExp): string => names.find(name => pattern.test(name)) ?? '';
  const html = readFileSync(join(sources, 'index.html'), 'utf8')
    .replace('%icon%', named(/icon-\w+\.svg$/))
    .replace('%theme%', named(/theme-\w+\.js$/))
    .replace('%style%', named(/page-\w+\.css$/))
    .replace('%main%', named(/main-\w+\.js$/));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.html'), html);
}

// `node build.ts`, or `node build.ts FOLDER`.
if (import.meta.main) await buildPage(process.argv[2] ?? fileURLToPath(new URL('./dist/page/', import.meta.url)));
