import { fileURLToPath } from 'node:url';
import { configStore, tenantry } from '@tenantry/mikro-orm';
import { spawnNode } from '@tenantry/testing';
import { openBenchOrm } from '../app/benched-app.ts';
import { coldConfig } from '../app/cold-config.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns } from '../figures/in-turns.ts';

const PROCESSES = 8;
const CALLERS = 20;
const WAYS = ['tenantry', 'bentocache', 'cacheable'] as const;

/** Processes that all ask at once for what only the database has: how often it is asked. */
export async function benchColdReads({
  databaseUrl,
  redisUrl,
  redis,
  prefix,
  ...run
}: BenchContext): Promise<Figure[]> {
  const rounds = run.rounds(30);
  const configs = WAYS.flatMap(way => Array.from({ length: rounds }, (_, round) => coldConfig(way, round)));
  const orm = await openBenchOrm(databaseUrl, [tenantry({ redis, prefix, configs })]);
  const store = configStore(orm).tenant('acme');
  for (const [i, config] of configs.entries()) await store.set(config, { n: i % rounds });
  const script = fileURLToPath(new URL('../processes/cold-reader.ts', import.meta.url));
  const readers = Array.from({ length: PROCESSES }, () =>
    spawnNode(script, [databaseUrl, redisUrl, prefix, String(CALLERS)]),
  );
  await Promise.all(readers.map(reader => reader.waitForLine('ready', 300_000)));
  const loads = { tenantry: [] as number[], bentocache: [] as number[], cacheable: [] as number[] };
  const ask = (way: (typeof WAYS)[number]) => async () => {
    const round = loads[way].length;
    const startedAt = performance.now();
    for (const reader of readers) reader.send([way, round]);
    const said = await Promise.all(readers.map(reader => reader.waitForLine(`${way} ${round}:`, 60_000)));
    const time = performance.now() - startedAt;
    const counts = said.map(line => (line.split(': ')[1] ?? '').split(' ').map(Number) as [number, number]);
    const right = counts.reduce((sum, [, values]) => sum + values, 0);
    if (right !== PROCESSES * CALLERS) throw new Error(`Only ${right} of ${PROCESSES * CALLERS} got the value.`);
    loads[way].push(counts.reduce((sum, [loaded]) => sum + loaded, 0));
    return time;
  };
  const times = await inTurns(
    rounds,
    Object.fromEntries(WAYS.map(way => [way, ask(way)])) as Record<(typeof WAYS)[number], () => Promise<number>>,
  );
  await Promise.all(readers.map(reader => reader.kill('SIGTERM')));
  await orm.close();
  const what = `${PROCESSES} processes × ${CALLERS} callers, one cold key`;
  const beside = ({ bentocache, cacheable }: typeof loads) => ({
    'bentocache getOrSet': bentocache,
    'cacheable getOrSet': cacheable,
  });
  const once = loads.tenantry.filter(count => count === 1).length;
  return [
    figure(
      { what: `${what}: loads`, unit: 'loads', budget: '1', note: `one in ${once} of ${rounds} rounds` },
      loads.tenantry,
      beside(loads),
    ),
    figure({ what: `${what}: until all have it`, unit: 'ms' }, times.tenantry, beside(times)),
  ];
}
