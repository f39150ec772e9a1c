import { fileURLToPath } from 'node:url';
import { configStore, tenantry } from '@tenantry/mikro-orm';
import { spawnNode } from '@tenantry/testing';
import type { BenchContext } from './bench-context.ts';
import { openBenchOrm } from './benched-app.ts';
import { coldConfig } from './cold-config.ts';
import { type Figure, median, ms } from './measure.ts';

const PROCESSES = 8;
const CALLERS = 20;
const ROUNDS = 20;

/** Processes that all ask at once for what only the database has: how often it is asked. */
export async function benchColdReads({ databaseUrl, redisUrl, redis, prefix }: BenchContext): Promise<Figure[]> {
  const configs = Array.from({ length: ROUNDS }, (_, round) => coldConfig(round));
  const orm = await openBenchOrm(databaseUrl, [tenantry({ redis, prefix, configs })]);
  const store = configStore(orm).tenant('acme');
  const script = fileURLToPath(new URL('./cold-reader.ts', import.meta.url));
  const readers = Array.from({ length: PROCESSES }, () =>
    spawnNode(script, [databaseUrl, redisUrl, prefix, String(CALLERS)]),
  );
  await Promise.all(readers.map(reader => reader.waitForLine('ready', 60_000)));
  const loads: number[] = [];
  const times: number[] = [];
  for (const [round, config] of configs.entries()) {
    await store.set(config, { n: round });
    const startedAt = performance.now();
    for (const reader of readers) reader.send(round);
    const said = await Promise.all(readers.map(reader => reader.waitForLine(`round ${round}:`, 60_000)));
    times.push(performance.now() - startedAt);
    const counts = said.map(line => (line.split(': ')[1] ?? '').split(' ').map(Number) as [number, number]);
    const right = counts.reduce((sum, [, values]) => sum + values, 0);
    if (right !== PROCESSES * CALLERS) throw new Error(`Only ${right} of ${PROCESSES * CALLERS} got the value.`);
    loads.push(counts.reduce((sum, [loaded]) => sum + loaded, 0));
  }
  await Promise.all(readers.map(reader => reader.kill('SIGTERM')));
  await orm.close();
  const once = loads.filter(count => count === 1).length;
  return [
    {
      what: `loads for a cold read by ${PROCESSES} processes × ${CALLERS} callers, median of ${ROUNDS} configs`,
      measured: String(median(loads)),
      beside: `${once} of ${ROUNDS} with one load, at most ${Math.max(...loads)}`,
      budget: '1',
    },
    { what: 'all of them have it after', measured: ms(median(times)), beside: '', budget: '' },
  ];
}
