import { createClient } from '@tenantry/sdk';
import type { BenchContext } from './bench-context.ts';
import { type Figure, median, ns } from './measure.ts';
import { fillTenant } from './replica-fixture.ts';

const READS = 2_000_000;

/** What a hit in memory costs, beside a Map. */
export async function benchMemoryReads(context: BenchContext): Promise<Figure[]> {
  const refs = await fillTenant(context, 'acme', 1_000);
  await using client = await createClient({ redis: context.redis, prefix: context.prefix });
  const acme = client.tenant('acme');
  await acme.getMany(refs);
  const map = new Map(refs.map(ref => [ref.address, acme.peek(ref)]));
  const asyncGet = async (address: string) => map.get(address);
  const times = { map: [] as number[], peek: [] as number[], asyncMap: [] as number[], get: [] as number[] };
  for (let round = 0; round < 9; round++) {
    times.map.push(perRead(READS, i => map.get(refs[i % 1_000]?.address as string)));
    times.peek.push(perRead(READS, i => acme.peek(refs[i % 1_000] as (typeof refs)[0])));
    times.asyncMap.push(await perAwait(READS / 10, i => asyncGet(refs[i % 1_000]?.address as string)));
    times.get.push(await perAwait(READS / 10, i => acme.get(refs[i % 1_000] as (typeof refs)[0])));
  }
  const [mapGet, peek, awaitMap, awaitGet] = [times.map, times.peek, times.asyncMap, times.get].map(median) as [
    number,
    number,
    number,
    number,
  ];
  return [
    { what: 'peek, hit', measured: ns(peek), beside: `Map.get ${ns(mapGet)}`, ratio: peek / mapGet, budget: '≤ 2×' },
    {
      what: 'await get, hit',
      measured: ns(awaitGet),
      beside: `async Map.get ${ns(awaitMap)}`,
      ratio: awaitGet / awaitMap,
      budget: '≤ 1.5×',
    },
  ];
}

let sink: unknown;

function perRead(reads: number, read: (i: number) => unknown): number {
  const startedAt = performance.now();
  for (let i = 0; i < reads; i++) sink = read(i);
  return (performance.now() - startedAt) / reads;
}

async function perAwait(reads: number, read: (i: number) => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  for (let i = 0; i < reads; i++) sink = await read(i);
  return (performance.now() - startedAt) / reads;
}

/** Keeps the reads from being optimised away. */
export const lastRead = () => sink;
