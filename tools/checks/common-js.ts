import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';

/** Those that programs in CommonJS are compiled with today, beside our own. */
export const OLDER_COMPILERS = { typescript5: 'npm:typescript@5.9.3', typescript6: 'npm:typescript@6.0.3' } as const;

// In TypeScript 5 `commonjs` looks for modules as Node 10 did, without `exports`; `node18` treats them as `node16` does.
const COMPILED = [
  ['typescript5', 'commonjs'],
  ['typescript5', 'node16'],
  ['typescript6', 'commonjs'],
  ['typescript6', 'node18'],
] as const satisfies [keyof typeof OLDER_COMPILERS, string][];

/** The first thing that goes wrong where a CommonJS program with those compilers uses these modules: at run time, and in its types. */
export async function tryCommonJs(project: string, modules: readonly string[]): Promise<string | undefined> {
  const folder = join(project, 'common-js');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
  writeFileSync(join(folder, 'run.js'), modules.map(name => `require('${name}');`).join('\n'));
  const imports = modules.map((name, i) => `import * as p${i} from '${name}';\nexport const used${i} = p${i};`);
  writeFileSync(join(folder, 'user.ts'), [...imports, TYPED].join('\n'));
  writeFileSync(join(folder, 'compile.js'), COMPILE);
  const problems = await Promise.all([
    runIn(folder, ['run.js']),
    ...COMPILED.map(([compiler, module]) => runIn(folder, ['compile.js', compiler, module])),
  ]);
  return problems.find(problem => problem !== undefined);
}

async function runIn(folder: string, args: readonly string[]): Promise<string | undefined> {
  const { code, output } = await runCommand('node', args, { cwd: folder });
  return code === 0 ? undefined : [args.join(' '), output].join('\n');
}

/** What `tsc -p .` does, but for the check of other people's declarations: they may have errors of their own, and are most of the work. */
const COMPILE = `
const [compiler, kind] = process.argv.slice(2);
const ts = require(compiler);
const settings = { module: kind, target: 'es2022', lib: ['es2024', 'esnext.disposable'], types: ['node'], strict: true, noEmit: true };
const { options, errors } = ts.convertCompilerOptionsFromJson(settings, __dirname);
const program = ts.createProgram(['user.ts'], options);
const ours = program.getSourceFiles().filter(({ fileName }) => /node_modules.@tenantry.|user\\.ts$/.test(fileName));
const found = ours.flatMap(file => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
const all = [...errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...found];
const host = { getCanonicalFileName: name => name, getCurrentDirectory: () => __dirname, getNewLine: () => '\\n' };
if (ours.length < 2) console.log('no declarations of ours were found');
console.log(ts.formatDiagnostics(all, host));
process.exitCode = all.length > 0 || ours.length < 2 ? 1 : 0;
`;

/** Types that are not there are `any`, and nothing would be wrong with this. */
const TYPED = `
import { defineSync } from '@tenantry/protocol';
import type { Client } from '@tenantry/sdk';
const plans = defineSync<{ id: number; tenantId: string; seats: number }>()({ name: 'plans', tenant: 'tenantId', keys: { id: ['id'] } });
export async function read(client: Client): Promise<number | undefined> {
  const plan = await client.tenant('acme').get(plans.by('id', { id: 1 }));
  // @ts-expect-error: seats are a number
  const text: string | undefined = plan?.seats;
  return plan?.seats ?? Number(text);
}
import { OpenFeature } from '@openfeature/server-sdk';
import { createProvider } from '@tenantry/openfeature';
export async function flag(client: Client): Promise<boolean> {
  await OpenFeature.setProviderAndWait(createProvider(client, { configs: [] }));
  // @ts-expect-error: a list of configs
  createProvider(client, { configs: 5 });
  return OpenFeature.getClient().getBooleanValue('checkout', false, { targetingKey: 'acme' });
}`;
