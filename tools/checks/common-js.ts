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
  const { code, output } = await runCommand('node', ['run.js'], { cwd: folder });
  if (code !== 0) return output;
  const imports = modules.map((name, i) => `import * as p${i} from '${name}';\nexport const used${i} = p${i};`);
  writeFileSync(join(folder, 'user.ts'), [...imports, TYPED].join('\n'));
  for (const [compiler, module] of COMPILED) {
    const settings = { module, target: 'es2022', lib: ['es2024', 'esnext.disposable'], types: ['node'] };
    const tsconfig = { compilerOptions: { ...settings, strict: true, noEmit: true }, files: ['user.ts'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
    const tsc = join(project, 'node_modules', compiler, 'bin/tsc');
    const compiled = await runCommand('node', [tsc, '-p', '.'], { cwd: folder });
    // Other people's declarations may have errors of their own.
    const lines = compiled.output.split('\n');
    const ours = lines.filter(line => /^(\.\.\/node_modules\/@tenantry\/|user\.ts|error)/.test(line));
    if (ours.length > 0) return [`${compiler}, module: ${module}`, ...ours].join('\n');
  }
  return undefined;
}

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
}`;
