import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { MikroORM } from '@mikro-orm/core';
import { loadOnce, startLoader } from '@tenantry/loader';
import { createFolderScanner } from '@tenantry/loader/folder';
import { type ConfigDefinition, defineConfig } from '@tenantry/protocol';
import { createClient } from '@tenantry/sdk';
import { filter, firstValueFrom } from 'rxjs';
import { openApp } from '../app/benched-app.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { timeOf } from '../figures/in-turns.ts';

interface Limits {
  readonly version: number;
  readonly hosts: readonly string[];
}

const SETTLE_MS = 100;
const CONFIGS = 25;

let saves = 1;

/** A standard schema of its own: it costs nothing, so that what is measured is the loader. */
const schema = {
  '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value: value as Limits }) },
} as const;
const configs = Array.from({ length: CONFIGS }, (_, i) => defineConfig({ name: `limits-${i}`, schema }));

/** A folder into the store: the first time, without a change, and a file that is saved. */
export async function benchLoader(context: BenchContext): Promise<Figure[]> {
  const { databaseUrl, redis, prefix, rounds, size } = context;
  const orm = await openApp(databaseUrl, { redis, prefix, configs });
  const dir = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
  const files = size(5_000);
  try {
    for (let i = 0; i < files; i++) await save(dir, pathOf(i), 1);
    const firstImport = await timeOf(async () => {
      const { counts, transactions, items, problems } = await loadOnce({ orm, dir, settleMs: 0 });
      const [why] = [...items.filter(({ action }) => action !== 'create'), ...problems];
      if (counts.create !== files)
        throw new Error(`${counts.create} of ${files} files were imported: ${JSON.stringify(why)}`);
      console.log(`  ${files} files in ${transactions} transactions`);
    });
    const scanner = createFolderScanner(dir);
    // Files that are younger than two seconds are read once more.
    await new Promise(resolve => setTimeout(resolve, 2_100));
    await scanner.scan();
    const scans: number[] = [];
    for (let round = 0; round < rounds(20); round++) scans.push(await timeOf(() => scanner.scan()));
    const saved = await fromSaveToReader(context, orm, dir, rounds(50));
    const few = join(dir, '.few');
    for (let i = 0; i < CONFIGS; i++) await save(few, pathOf(i), 1);
    const savedOfFew = await fromSaveToReader(context, orm, few, rounds(50));
    const what = `${files.toLocaleString('en')} files`;
    const latency = (count: string) => ({
      what: `a file of ${count} saved → observable of a reader, above the settle time`,
      ...({ unit: 'ms', budget: '≤ 30 ms', note: `the settle time is ${SETTLE_MS} ms` } as const),
    });
    return [
      figure({ what: `first import of ${what}, ${CONFIGS} for each tenant`, unit: 's', budget: '≤ 10 s' }, [
        firstImport,
      ]),
      figure({ what: `a scan of ${what} that finds nothing`, unit: 'ms', budget: '≤ 300 ms' }, scans),
      figure(latency(`${CONFIGS} files`), savedOfFew),
      figure(latency(what), saved),
    ];
  } finally {
    await orm.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function fromSaveToReader(
  { redisUrl, prefix }: BenchContext,
  orm: MikroORM,
  dir: string,
  rounds: number,
): Promise<number[]> {
  const loader = startLoader({
    orm,
    dir,
    policy: 'overwrite',
    settleMs: SETTLE_MS,
    scanMs: 60_000,
    compareMs: 3_600_000,
  });
  const client = await createClient({ redis: redisUrl, prefix });
  const took: number[] = [];
  try {
    await loader.importNow();
    const values$ = client.tenant('tenant-0').watch(configs[0] as ConfigDefinition<Limits, Limits>);
    for (let round = 0; round < rounds; round++) {
      const version = ++saves;
      const seen = firstValueFrom(values$.pipe(filter(value => value?.version === version)));
      await save(dir, pathOf(0), version);
      const savedAt = performance.now();
      await seen;
      took.push(performance.now() - savedAt - SETTLE_MS);
    }
  } finally {
    await client.close();
    await loader.close();
  }
  return took;
}

function pathOf(i: number): string {
  return `tenants/tenant-${Math.floor(i / CONFIGS)}/limits-${i % CONFIGS}.yaml`;
}

async function save(dir: string, path: string, version: number): Promise<void> {
  const target = join(dir, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(`${target}~`, `version: ${version}\nhosts:\n  - a.example.com\n  - b.example.com\n`);
  await rename(`${target}~`, target);
}
