import { fileURLToPath } from 'node:url';
import { spawnNode } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { BenchContext } from './bench-context.ts';
import { newRow, openApp, type SettingsRow, Synced } from './benched-app.ts';
import { type Figure, ms, percentile } from './measure.ts';

const ROUNDS = 1_000;
const now = () => performance.timeOrigin + performance.now();

/** From the commit to another process's observable, beside a bare PUBLISH to the same process. */
export async function benchLatency({ databaseUrl, redisUrl, redis, prefix }: BenchContext): Promise<Figure[]> {
  const orm = await openApp(databaseUrl, { redis, prefix });
  const em = orm.em.fork();
  const row = em.create(Synced, newRow('acme') as SettingsRow);
  await em.flush();
  const reader = spawnNode(fileURLToPath(new URL('./latency-reader.ts', import.meta.url)), [
    redisUrl,
    prefix,
    String(row.id),
  ]);
  await reader.waitForLine('ready', 20_000);
  const raw: number[] = [];
  const whole: number[] = [];
  const fromCommit: number[] = [];
  const publisher = new Redis(redisUrl);
  for (let i = 1; i <= ROUNDS; i++) {
    const sentAt = now();
    await publisher.publish(`${prefix}:raw`, `raw-${i}`);
    raw.push((await heardAt(reader, `raw ${i} `)) - sentAt);
    row.seats = i + 100;
    const startedAt = now();
    await em.flush();
    const heard = await heardAt(reader, `seats ${i + 100} `);
    whole.push(heard - startedAt);
    fromCommit.push(heard - startedAt);
  }
  publisher.disconnect();
  await reader.kill('SIGTERM');
  await orm.close();
  const p = (numbers: number[], q: number) => percentile(numbers, q);
  return [
    {
      what: 'PUBLISH → SUBSCRIBE, p50 / p99',
      measured: `${ms(p(raw, 50))} / ${ms(p(raw, 99))}`,
      beside: '',
      budget: '–',
    },
    {
      what: 'flush begun → observable elsewhere, p50',
      measured: ms(p(whole, 50)),
      beside: '',
      budget: '≤ 3 ms from the commit',
    },
    {
      what: 'flush begun → observable elsewhere, p99',
      measured: ms(p(whole, 99)),
      beside: '',
      budget: '≤ 25 ms from the commit',
    },
  ];
}

async function heardAt(reader: ReturnType<typeof spawnNode>, start: string): Promise<number> {
  const line = await reader.waitForLine(new RegExp(`^${start}`), 10_000);
  return Number(line.slice(start.length));
}
