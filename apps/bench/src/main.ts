import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { freshDatabase, freshPrefix, startServices } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { openApp } from './app/benched-app.ts';
import { BENCHES } from './benches.ts';
import { writeBenchmarksPage } from './figures/benchmarks-page.ts';
import type { Figure } from './figures/figure.ts';
import { figureLines } from './figures/figure-lines.ts';
import { type Report, reportHead } from './figures/report.ts';

const { values: options, positionals: chosen } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    doc: { type: 'string', multiple: true },
  },
  allowPositionals: true,
});
const unknown = chosen.filter(name => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`No benchmark is named ${unknown.join(', ')}. There are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
if (options.doc === undefined) await runAll();
else writeBenchmarksPage(options.doc);
// A library of the comparison that is asked once more after its end connects again, for ever.
process.exit();

async function runAll(): Promise<void> {
  const services = await startServices({ database: 'mariadb' });
  process.env.TENANTRY_TEST_DATABASE_URL = services.databaseUrl;
  process.env.TENANTRY_TEST_REDIS_URL = services.redisUrl;
  console.log(`Servers: ${services.describe()}`);
  const args = [...(options.quick ? ['--quick'] : []), ...chosen];
  const head = reportHead(services.describe(), options.quick, args);
  const benches: Report['benches'][number][] = [];
  try {
    for (const name of chosen.length > 0 ? chosen : Object.keys(BENCHES)) {
      const figures = await run(name);
      console.log(`\n${name}`);
      console.table(figureLines(figures));
      benches.push({ name, figures });
      // After each: a run that is broken off has what it measured so far.
      if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ ...head, benches }, null, 2)}\n`);
    }
  } finally {
    await services.close();
  }
}

async function run(name: string): Promise<readonly Figure[]> {
  await using database = await freshDatabase();
  await using prefix = await freshPrefix();
  const redis = new Redis(prefix.redisUrl);
  // The tables of configs, too.
  const app = await openApp(database.url, { redis, prefix: prefix.prefix, configs: [] });
  await app.schema.create();
  await app.close();
  const bench = await BENCHES[name]?.load();
  const { quick } = options;
  const figures = await bench?.({
    databaseUrl: database.url,
    redisUrl: prefix.redisUrl,
    redis,
    prefix: prefix.prefix,
    rounds: full => (quick ? Math.min(full, 3) : full),
    size: full => (quick ? Math.ceil(full / 10) : full),
  });
  redis.disconnect();
  return figures ?? [];
}
