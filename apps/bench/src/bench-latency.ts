import { fileURLToPath } from 'node:url';
import type { EventSubscriber } from '@mikro-orm/core';
import { spawnNode } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { BenchContext } from './bench-context.ts';
import { newRow, openApp, type SettingsRow, Synced } from './benched-app.ts';
import { type Figure, ms, percentile } from './measure.ts';

const ROUNDS = 1_000;
const now = () => performance.timeOrigin + performance.now();

/** From the commit to another process's observable, beside a bare PUBLISH to the same process. */
export async function benchLatency({ databaseUrl, redisUrl, redis, prefix }: BenchContext): Promise<Figure[]> {
  let committedAt = 0;
  // Called before the extension's own listener, so before anything is published.
  const stamp: EventSubscriber = {
    afterTransactionCommit() {
      committedAt = now();
    },
  };
  const orm = await openApp(databaseUrl, { redis, prefix }, [stamp]);
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
  const fromCommit: number[] = [];
  const publisher = new Redis(redisUrl);
  for (let i = 1; i <= ROUNDS; i++) {
    const sentAt = now();
    await publisher.publish(`${prefix}:raw`, `raw-${i}`);
    raw.push((await heardAt(reader, `raw ${i} `)) - sentAt);
    row.seats = i + 100;
    await em.flush();
    fromCommit.push((await heardAt(reader, `seats ${i + 100} `)) - committedAt);
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
      what: 'commit → observable elsewhere, p50',
      measured: ms(p(fromCommit, 50)),
      beside: '',
      budget: '≤ 3 ms',
    },
    {
      what: 'commit → observable elsewhere, p99',
      measured: ms(p(fromCommit, 99)),
      beside: '',
      budget: '≤ 25 ms',
    },
  ];
}

async function heardAt(reader: ReturnType<typeof spawnNode>, start: string): Promise<number> {
  const line = await reader.waitForLine(new RegExp(`^${start}`), 10_000);
  return Number(line.slice(start.length));
}
