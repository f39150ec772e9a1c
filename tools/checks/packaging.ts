import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, runCommand } from '../command.ts';
import { type Check, one } from './check.ts';

/** What a user would install works: packed, installed outside the workspace, imported, and compiled against. */
export const packaging: Check = {
  name: 'packaging',
  run: async () => {
    const project = mkdtempSync(join(tmpdir(), 'tenantry-packaging-'));
    try {
      const problem = await tryPackages(project);
      return one(problem === undefined, problem ?? '');
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
  },
};

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The first thing that went wrong. */
async function tryPackages(project: string): Promise<string | undefined> {
  const packages = globSync('packages/*/package.json', { cwd: root })
    .map(path => ({ folder: join(root, path, '..'), manifest: readManifest(join(root, path)) }))
    .filter(({ manifest }) => !manifest.private);

  const dependencies: Record<string, string> = { '@types/node': installedVersion('@types/node') };
  for (const { folder, manifest } of packages) {
    const packed = await runCommand('npm', ['pack', '--json', '--pack-destination', project], { cwd: folder });
    if (packed.code !== 0) return packed.output;
    const tarball = globSync(`${manifest.name.replace('@', '').replace('/', '-')}-*.tgz`, { cwd: project })[0];
    const list = await runCommand('tar', ['-tzf', join(project, tarball ?? '')]);
    const programs = Object.values(manifest.bin ?? {}).map(path => path.replace('./', 'package/'));
    const missing = programs.filter(path => !list.output.includes(`${path}\n`));
    if (missing.length > 0) return `${manifest.name} does not contain its program ${missing.join(', ')}`;
    const stray = list.output.split('\n').filter(path => /\.(test|test-d|fixture)\.|tsbuildinfo|\.lua$/.test(path));
    if (stray.length > 0) return `${manifest.name} would publish ${stray.join(', ')}`;
    dependencies[manifest.name] = `file:${tarball}`;
    for (const peer of Object.keys(manifest.peerDependencies ?? {})) dependencies[peer] = installedVersion(peer);
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = await runCommand('npm', install, { cwd: project });
  if (installed.code !== 0) return installed.output;

  const modules = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {}).map(subpath => manifest.name + subpath.slice(1)),
  );
  return (await tryImports(project, modules)) ?? (await tryTypes(project, modules));
}

async function tryImports(project: string, modules: readonly string[]): Promise<string | undefined> {
  const script = modules.map(name => `await import('${name}');`).join('\n');
  const { code, output } = await runCommand('node', ['--input-type=module', '--eval', script], { cwd: project });
  return code === 0 ? undefined : output;
}

async function tryTypes(project: string, modules: readonly string[]): Promise<string | undefined> {
  const lines = modules.map((name, i) => `import * as p${i} from '${name}';\nexport const used${i} = p${i};`);
  writeFileSync(join(project, 'user.ts'), lines.join('\n'));
  const settings = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, skipLibCheck: false };
  const tsconfig = { compilerOptions: { ...settings, types: ['node'] }, files: ['user.ts'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(tsconfig));
  const { output } = await runCommand('tsc', ['-p', '.'], { cwd: project });
  // Other people's declarations may have errors of their own: only ours and the user's count.
  const ours = output.split('\n').filter(line => /^(user\.ts|node_modules\/@tenantry\/)/.test(line));
  return ours.length > 0 ? ours.join('\n') : undefined;
}

function installedVersion(name: string): string {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}
