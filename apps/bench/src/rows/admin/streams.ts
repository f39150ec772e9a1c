import type { EventSubscriber } from '@mikro-orm/core';
import { spawnNode } from '@tenantry/testing';
import type { BenchContext } from '../../bench-context.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { collectGarbage, heldBytes } from '../../figures/heap.ts';
import { openAdmin, plan, TOKEN } from './open-admin.ts';

const now = () => performance.timeOrigin + performance.now();

/** Streams of events: from a commit to all of them, and what those cost that hear nothing. Their clients are another process. */
export async function benchStreams(context: BenchContext): Promise<Figure[]> {
  let committedAt = 0;
  const stamp: EventSubscriber = {
    afterTransactionCommit() {
      committedAt = now();
    },
  };
  await using admin = await openAdmin(context, [stamp]);
  await using clients = spawnNode(new URL('../../processes/stream-clients.ts', import.meta.url), [
    String(admin.port),
    TOKEN,
  ]);
  const waits = new Map<string, (rest: unknown[]) => void>();
  clients.onMessage(message => {
    const [what, of, ...rest] = message as [string, unknown, ...unknown[]];
    waits.get(`${what} ${of ?? ''}`)?.(rest);
  });
  const hears = (what: string) => new Promise<unknown[]>(resolve => waits.set(what, resolve));
  await hears('ready ');

  const many = context.size(1_000);
  const opened = hears(`open ${many}`);
  clients.send([many, 'tenants/acme']);
  await opened;
  const times: number[] = [];
  const costs: number[] = [];
  const acme = admin.store.tenant('acme');
  for (let round = 1; round <= context.rounds(200); round++) {
    const heard = hears(`heard ${round}`);
    const before = process.cpuUsage();
    await acme.set(plan, { seats: round, name: 'x' });
    const [all] = await heard;
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1_000 / many);
    for (const time of all as number[]) times.push(time - committedAt);
  }

  const idle = context.size(5_000);
  const before = await processBytes();
  const idleOpened = hears(`open ${many + idle}`);
  clients.send([many + idle, 'tenants/quiet']);
  await idleOpened;
  const after = await processBytes();
  const count = (of: number) => of.toLocaleString('en');
  return [
    figure(
      {
        what: `commit → event in each of ${count(many)} streams of one tenant, in another process`,
        ...{ unit: 'ms', budget: 'p50 ≤ 15 ms, p99 ≤ 60 ms' },
      },
      times,
    ),
    figure({ what: `the same: processor time of the server and the writer, for each stream`, unit: 'µs' }, costs),
    figure(
      {
        what: `${count(idle)} streams that hear nothing: held memory of the server`,
        ...{ unit: 'MB', budget: idle === 5_000 ? '≤ 200 MB' : '≤ 20 MB' },
      },
      [(after.held - before.held) / 1e6],
      { 'the process as its system counts it': [(after.rss - before.rss) / 1e6] },
    ),
  ];
}

async function processBytes(): Promise<{ readonly held: number; readonly rss: number }> {
  const held = await heldBytes();
  collectGarbage();
  return { held, rss: process.memoryUsage.rss() };
}
