import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOnce } from '@tenantry/loader';
import { defineConfig } from '@tenantry/protocol';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { type Ran, runTenantry } from '../processes/run-tenantry.ts';
import { openAdmin, TOKEN } from './admin/open-admin.ts';

/** Half of them are inherited: to say for whom values become others, the server looks at all scopes. */
const configs = (['replace', 'none', 'replace', 'none'] as const).map((inherit, i) =>
  defineConfig({
    name: `limits-${i}`,
    schema: {
      '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value: value as object }) },
    },
    ...({ inherit, databaseTimeout: '30s', cacheTimeout: '30s' } as const),
  }),
);

const WOULD_CHANGE = 2;

/** A folder that is planned and applied over HTTP: `tenantry plan` and `tenantry apply`. */
export async function benchDeploys(context: BenchContext): Promise<Figure[]> {
  await using opened = await openAdmin(context, [], configs);
  const { orm, port } = opened;
  const dir = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
  const env = { TENANTRY_URL: `http://127.0.0.1:${port}`, TENANTRY_TOKEN: TOKEN };
  const [planned, applied] = [context.size(2_500), context.size(1_000)];
  const runs = { fresh: [] as Ran[], same: [] as Ran[], apply: [] as Ran[] };
  try {
    const folder = join(dir, 'planned');
    await writeTenants(folder, 'planned', planned);
    const rounds = context.rounds(5);
    for (let round = 0; round < rounds; round++)
      runs.fresh.push(await runTenantry(['plan', folder], env, WOULD_CHANGE));
    await loadOnce({ orm, dir: folder, settleMs: 0 });
    for (let round = 0; round < rounds; round++) runs.same.push(await runTenantry(['plan', folder], env));
    for (let round = 0; round < rounds; round++) {
      const own = join(dir, `applied-${round}`);
      await writeTenants(own, `applied-${round}`, applied);
      runs.apply.push(await runTenantry(['apply', own], env));
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  const files = (tenants: number) => (tenants * configs.length).toLocaleString('en');
  const plan = `\`tenantry plan\` of ${files(planned)} files`;
  const apply = `\`tenantry apply\` of ${files(applied)} files, ${applied.toLocaleString('en')} scopes`;
  return [
    ...figuresOf(`${plan}, all new`, runs.fresh),
    ...figuresOf(`${plan}, all as they should be`, runs.same),
    ...figuresOf(apply, runs.apply),
  ];
}

function figuresOf(what: string, runs: readonly Ran[]): Figure[] {
  return [
    figure(
      { what, unit: 's' },
      runs.map(({ ms }) => ms),
    ),
    figure(
      { what: `${what}: memory, at its most (RSS)`, unit: 'MB' },
      runs.map(({ rss }) => rss / 1_024),
    ),
  ];
}

async function writeTenants(dir: string, name: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const folder = join(dir, 'tenants', `${name}-${i}`);
    await mkdir(folder, { recursive: true });
    for (const config of configs)
      await writeFile(
        join(folder, `${config.name}.yaml`),
        `requests: ${i}\nhosts:\n  - a.example.com\n  - b.example.com\n`,
      );
  }
}
