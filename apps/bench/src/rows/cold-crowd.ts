import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@tenantry/sdk';
import { coldConfig } from '../app/cold-config.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns, timeOf } from '../figures/in-turns.ts';
import { openBento } from '../peers/bentocache.ts';
import { openCacheable, openKeyvRedis } from '../peers/cacheable.ts';

const CALLERS = 1_000;
const LOAD_MS = 20;

type Way = 'ours' | 'bento' | 'cacheable' | 'wrapped';

/** Many callers of one process who ask at once for what only a slow source has. */
export async function benchColdCrowd({ redis, redisUrl, prefix, rounds }: BenchContext): Promise<Figure[]> {
  const loaded: Record<Way, number> = { ours: 0, bento: 0, cacheable: 0, wrapped: 0 };
  const loads: Record<Way, number[]> = { ours: [], bento: [], cacheable: [], wrapped: [] };
  const load = async (way: Way, n: number) => {
    loaded[way]++;
    await pause(LOAD_MS);
    return { n };
  };
  await using client = await createClient({
    redis,
    prefix,
    source: {
      load: async (_tenant, definitions) => {
        const n = Number(definitions[0]?.name.split('/').at(-1));
        const { n: value } = await load('ours', n);
        return definitions.map(() => ({
          version: 1,
          updatedAt: Date.now(),
          expiresAt: 0,
          json: JSON.stringify({ n: value }),
        }));
      },
    },
  });
  const bento = openBento({ redis, prefix: `${prefix}:bento` });
  const keyv = await openKeyvRedis(redisUrl);
  const cacheable = openCacheable(keyv);
  const wrapped = cacheable.wrap((n: number) => load('wrapped', n), { keyPrefix: `${prefix}:wrapped` });
  const ways: Record<Way, (round: number) => Promise<{ readonly n: number } | undefined>> = {
    ours: round => client.tenant('acme').get(coldConfig('crowd', round)),
    bento: round => bento.getOrSet({ key: `crowd-${round}`, factory: () => load('bento', round) }),
    cacheable: round => cacheable.getOrSet(`${prefix}:crowd-${round}`, () => load('cacheable', round)),
    wrapped: round => wrapped(round),
  };
  const crowd = (way: Way) => async () => {
    const round = loads[way].length;
    const before = loaded[way];
    let right = 0;
    const time = await timeOf(async () => {
      const values = await Promise.all(Array.from({ length: CALLERS }, () => ways[way](round)));
      right = values.filter(value => value?.n === round).length;
    });
    if (right !== CALLERS) throw new Error(`${way}: only ${right} of ${CALLERS} got the value`);
    loads[way].push(loaded[way] - before);
    return time;
  };
  const times = await inTurns(rounds(60), {
    ours: crowd('ours'),
    bento: crowd('bento'),
    cacheable: crowd('cacheable'),
    wrapped: crowd('wrapped'),
  });
  await keyv.disconnect();
  const what = `${CALLERS.toLocaleString('en')} gets of one cold key`;
  const beside = (of: Record<Way, number[]>) => ({
    'bentocache getOrSet': of.bento,
    'cacheable getOrSet': of.cacheable,
    'cacheable wrap': of.wrapped,
  });
  return [
    figure({ what: `${what}: loads`, unit: 'loads', budget: '1' }, loads.ours, beside(loads)),
    figure({ what: `${what}, the source takes ${LOAD_MS} ms`, unit: 'ms' }, times.ours, beside(times)),
  ];
}
