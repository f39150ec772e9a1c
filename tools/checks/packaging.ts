import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, runCommand } from '../command.ts';
import { type Check, one } from './check.ts';
import { OLDER_COMPILERS, tryCommonJs } from './common-js.ts';

/** What a user would install works: packed, installed outside the workspace, imported, and compiled against; for a reader without an ORM. */
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

/** What a reader without a database installs. */
const READER = ['protocol', 'redis', 'sdk', 'worker-source', 'openfeature'].map(name => `@tenantry/${name}`);

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Packed {
  readonly manifest: Manifest;
  readonly tarball: string;
}

/** The first thing that went wrong. */
async function tryPackages(project: string): Promise<string | undefined> {
  const manifests = globSync('packages/*/package.json', { cwd: root }).map(path => readManifest(join(root, path)));
  const published = manifests.filter(manifest => !manifest.private);
  // All by one npm: to start one for each package takes twice as long as to pack them.
  const workspaces = published.map(({ name }) => `--workspace=${name}`);
  const packed = await runCommand('npm', ['pack', '--json', '--pack-destination', project, ...workspaces]);
  if (packed.code !== 0) return packed.output;
  const found = published.map(manifest => ({ manifest, tarball: tarballOf(manifest, project) }));
  const problem = await firstProblem(found.map(checkTarball));
  if (problem !== undefined) return problem;
  return firstProblem([tryAll(join(project, 'all'), found), tryReader(join(project, 'reader'), found)]);
}

async function firstProblem(tries: readonly Promise<string | undefined>[]): Promise<string | undefined> {
  return (await Promise.all(tries)).find(problem => problem !== undefined);
}

function tarballOf({ name }: Manifest, project: string): string {
  return globSync(join(project, `${name.replace('@', '').replace('/', '-')}-[0-9]*.tgz`))[0] ?? '';
}

/** What is wrong with it. */
async function checkTarball({ manifest: { name, bin }, tarball }: Packed): Promise<string | undefined> {
  const list = await runCommand('tar', ['-tzf', tarball]);
  if (list.code !== 0) return `${name} was not packed: ${list.output}`;
  const programs = Object.values(bin ?? {}).map(path => path.replace('./', 'package/'));
  const missing = programs.filter(path => !list.output.includes(`${path}\n`));
  if (missing.length > 0) return `${name} does not contain its program ${missing.join(', ')}`;
  const stray = list.output.split('\n').filter(path => /\.(test|test-d|fixture)\.|tsbuildinfo|\.lua$/.test(path));
  return stray.length > 0 ? `${name} would publish ${stray.join(', ')}` : undefined;
}

/** A project with every package: each module can be imported and compiled against, also from CommonJS. */
async function tryAll(project: string, packed: readonly Packed[]): Promise<string | undefined> {
  const modules = packed.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {}).map(subpath => manifest.name + subpath.slice(1)),
  );
  return (
    (await install(project, packed, OLDER_COMPILERS)) ??
    firstProblem([tryImports(project, modules), tryTypes(project, modules), tryCommonJs(project, modules)])
  );
}

/** A reader without a database: no ORM comes along. */
async function tryReader(project: string, packed: readonly Packed[]): Promise<string | undefined> {
  const ofReader = packed.filter(({ manifest }) => READER.includes(manifest.name));
  const problem = (await install(project, ofReader)) ?? (await tryImports(project, READER));
  if (problem !== undefined) return problem;
  const orm = globSync('node_modules/**/@mikro-orm', { cwd: project });
  return orm.length > 0 ? `${READER.join(', ')} bring an ORM along: ${orm.join(', ')}` : undefined;
}

/** What went wrong. */
async function install(
  project: string,
  packed: readonly Packed[],
  others: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const dependencies: Record<string, string> = { '@types/node': installedVersion('@types/node'), ...others };
  for (const { manifest } of packed)
    for (const peer of Object.keys(manifest.peerDependencies ?? {})) dependencies[peer] = installedVersion(peer);
  // After the peers: one package of ours may be the peer of another, and is packed itself.
  for (const { manifest, tarball } of packed) dependencies[manifest.name] = `file:${tarball}`;
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = await runCommand('npm', args, { cwd: project });
  return installed.code === 0 ? undefined : installed.output;
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
