import { createKeyvNonBlocking } from '@keyv/redis';
import { createClient } from '@tenantry/sdk';
import { type FaultMode, startFaultProxy } from '@tenantry/testing';
import { Cacheable } from 'cacheable';
import { Redis } from 'ioredis';
import type { SettingsRow } from '../app/benched-app.ts';
import { refOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns } from '../figures/in-turns.ts';
import { openBento } from '../peers/bentocache.ts';
import { openCacheable, openKeyvRedis } from '../peers/cacheable.ts';

const BUDGET_MS = 250;
/** A call that has not ended by then counts as so long. */
const GIVEN_UP_MS = 3_000;
const CALLS = 10;
const MODES: Readonly<Partial<Record<FaultMode, string>>> = {
  stall: 'stalled: it holds every byte back',
  refuse: 'refusing: it closes every connection',
  silent: 'silent: it swallows every byte',
};

/** One opened way: a read of what its memory does not have. */
interface Opened {
  read(n: number): Promise<unknown>;
  close(): unknown;
}

/** The longest call while Redis misbehaves, each way with the timeouts that it has. */
export async function benchBadRedis({ redisUrl, prefix, rounds }: BenchContext): Promise<Figure[]> {
  const { hostname: host, port } = new URL(redisUrl);
  const wrong: string[] = [];
  const longest = (mode: FaultMode, open: (url: string) => Promise<Opened>) => async () => {
    await using proxy = await startFaultProxy({ target: { host, port: Number(port) } });
    const opened = await open(`redis://${proxy.host}:${proxy.port}`);
    // Connected, and known to work.
    await checked(opened, 0, wrong);
    proxy.set(mode);
    let most = 0;
    for (let n = 1; n <= CALLS && most < GIVEN_UP_MS; n++)
      most = Math.max(most, await timeUpTo(GIVEN_UP_MS, checked(opened, n, wrong)));
    await opened.close();
    if (wrong.length > 0) throw new Error(wrong.join('; '));
    return most;
  };
  const figures: Figure[] = [];
  for (const [mode, says] of Object.entries(MODES) as [FaultMode, string][]) {
    const of = (open: (url: string) => Promise<Opened>) => longest(mode, open);
    const times = await inTurns(rounds(5), {
      ours: of(url => openOurs(url, prefix)),
      bento: of(url => openBentoOver(url, prefix, {})),
      bentoTimed: of(url => openBentoOver(url, prefix, { commandTimeout: BUDGET_MS, maxRetriesPerRequest: 1 })),
      cacheable: of(url => openCacheableOver(url, prefix)),
      nonBlocking: of(url => openNonBlocking(url, prefix)),
    });
    const what = `Redis ${says}: the longest of ${CALLS} reads that memory cannot answer`;
    const note = `${GIVEN_UP_MS / 1_000} s: had not ended by then`;
    figures.push(
      figure({ what, unit: 'ms', budget: `≤ ${BUDGET_MS + 20} ms`, note }, times.ours, {
        'bentocache getOrSet, its timeouts': times.bento,
        'bentocache getOrSet, ioredis commandTimeout': times.bentoTimed,
        'cacheable getOrSet': times.cacheable,
        'cacheable getOrSet, nonBlocking': times.nonBlocking,
      }),
    );
  }
  return figures;
}

async function openOurs(url: string, prefix: string): Promise<Opened> {
  const client = await createClient({ redis: url, prefix, readTimeoutMs: BUDGET_MS });
  const acme = client.tenant('acme');
  return { read: n => acme.get(refOf({ id: 1_000 + n } as SettingsRow)), close: () => client.close() };
}

async function openBentoOver(
  url: string,
  prefix: string,
  options: { commandTimeout?: number; maxRetriesPerRequest?: number },
): Promise<Opened> {
  const redis = new Redis(url, options);
  redis.on('error', () => undefined);
  const bento = openBento({
    redis,
    prefix: `${prefix}:bento`,
    timeout: BUDGET_MS,
    hardTimeout: BUDGET_MS,
    lockTimeout: BUDGET_MS,
    suppressL2Errors: true,
    l2CircuitBreakerDuration: '1s',
  });
  return { read: n => bento.getOrSet({ key: `bad-${n}`, factory: async () => n }), close: () => redis.disconnect() };
}

async function openCacheableOver(url: string, prefix: string): Promise<Opened> {
  const store = await openKeyvRedis(url);
  const cacheable = openCacheable(store);
  cacheable.on('error', () => undefined);
  return { read: n => cacheable.getOrSet(`${prefix}:bad-${n}`, async () => n), close: () => store.client.destroy() };
}

/** As the documentation of cacheable advises against hangs. */
async function openNonBlocking(url: string, prefix: string): Promise<Opened> {
  const secondary = createKeyvNonBlocking(url);
  secondary.on('error', () => undefined);
  const cacheable = new Cacheable({ secondary, nonBlocking: true });
  cacheable.on('error', () => undefined);
  const close = () => (secondary.store as Awaited<ReturnType<typeof openKeyvRedis>>).client.destroy();
  return { read: n => cacheable.getOrSet(`${prefix}:nb-${n}`, async () => n), close };
}

/** Whatever fails may fail; an answer must be the right one. Nobody has written what ours reads. */
async function checked(opened: Opened, n: number, wrong: string[]): Promise<void> {
  const value = await opened.read(n);
  if (value !== undefined && value !== n) wrong.push(`${value} was read for ${n}`);
}

/** How long it took to end, in whatever way. */
async function timeUpTo(mostMs: number, call: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise(resolve => {
    timer = setTimeout(resolve, mostMs);
  });
  await Promise.race([call.catch(() => undefined), givenUp]);
  clearTimeout(timer);
  return performance.now() - startedAt;
}
