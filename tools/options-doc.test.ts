import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = readdirSync(path.join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter(file => /^[\w-]+\/src\/.*\.ts$/.test(file) && !/\.(test|test-d|fixture)\.ts$/.test(file))
  .map(file => readFileSync(path.join(root, 'packages', file), 'utf8'));

/** The names of an interface's properties. */
function optionsOf(name: string): string[] {
  for (const text of sources) {
    const body = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(text)?.[1];
    if (body !== undefined) return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option = '']) => option);
  }
  throw new Error(`no package exports an interface ${name}`);
}

it.each([
  ['TenantryOptions', 'packages/mikro-orm/README.md'],
  ['WorkerOptions', 'packages/worker/README.md'],
  ['ClientOptions', 'packages/sdk/README.md'],
  ['SyncOptions', 'packages/protocol/README.md'],
  ['WorkerSourceOptions', 'packages/worker-source/README.md'],
  ['TenantryModuleOptions', 'packages/nestjs/README.md'],
  ['ProviderOptions', 'packages/openfeature/README.md'],
  ['AdminOptions', 'packages/admin/README.md'],
  ['LoaderOptions', 'packages/loader/README.md'],
  ['ImportFolderOptions', 'packages/loader/README.md'],
  ['WatchOptions', 'packages/loader/README.md'],
  ['FolderLimits', 'packages/loader/README.md'],
  ['ConfigOptions', 'docs/guides/configs.md'],
])('every option of %s has a row in %s', (name, page) => {
  const rows = readFileSync(path.join(root, page), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(line => line.split('|')[1] ?? '');
  const described = rows.flatMap(cell => [...cell.matchAll(/`(\w+)`/g)].map(([, option = '']) => option));
  const options = optionsOf(name);
  expect(options.length).toBeGreaterThan(2);
  expect(options.filter(option => !described.includes(option))).toEqual([]);
});
