import { fileURLToPath } from 'node:url';
import type { EventSubscriber } from '@mikro-orm/core';
import { spawnNode } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { newRow, openApp, type SettingsRow, Synced } from '../app/benched-app.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';

const now = () => performance.timeOrigin + performance.now();

/** From the commit to another process's observable, beside a bare PUBLISH to the same process. */
export async function benchLatency({ databaseUrl, redisUrl, redis, prefix, size }: BenchContext): Promise<Figure[]> {
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
  const reader = spawnNode(fileURLToPath(new URL('../processes/latency-reader.ts', import.meta.url)), [
    redisUrl,
    prefix,
    String(row.id),
  ]);
  await reader.waitForLine('ready', 300_000);
  const raw: number[] = [];
  const fromCommit: number[] = [];
  const publisher = new Redis(redisUrl);
  for (let i = 1; i <= size(1_000); i++) {
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
  return [
    figure(
      { what: 'commit → observable of another process', unit: 'ms', budget: 'p50 ≤ 3 ms, p99 ≤ 25 ms' },
      fromCommit,
      {
        'PUBLISH → SUBSCRIBE': raw,
      },
    ),
  ];
}

async function heardAt(reader: ReturnType<typeof spawnNode>, start: string): Promise<number> {
  const line = await reader.waitForLine(new RegExp(`^${start}`), 10_000);
  return Number(line.slice(start.length));
}
