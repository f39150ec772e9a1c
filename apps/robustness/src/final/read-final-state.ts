import { createClient } from '@tenantry/sdk';
import { seenValue } from '../drawn/shapes.ts';
import type { Seen } from '../history/history-event.ts';
import type { ScopesState, SeenLayers } from '../scopes/scopes-state.ts';
import { freshScopes } from '../scopes/watch-scopes.ts';
import { watchedIn } from '../traffic/addresses.ts';
import type { World } from '../world/world.ts';
import { at, type FinalState } from './final-state.ts';
import { readDatabase } from './read-database.ts';
import { readRedis } from './read-redis.ts';

interface Memory {
  readonly entries: readonly (Partial<Seen> & { readonly tenant: string; readonly address: string })[];
  readonly scopes: readonly SeenLayers[];
  readonly stats: { readonly repairedBySweep: number };
}

export async function readFinalState(world: World): Promise<FinalState> {
  const memories = new Map<string, Memory>();
  for (const reader of world.of('reader')) memories.set(reader.name, await reader.memory<Memory>());
  const { layers, ...redis } = await readRedis(world.redis, world.prefix);
  const { fresh, scopes } = await readFresh(world);
  const database = await readDatabase(world.pool, world.drawn.shapes);
  return {
    ...database,
    ...redis,
    scopes: {
      ...database.scopes,
      redis: layers,
      fresh: scopes,
      readers: new Map([...memories].map(([name, { scopes }]) => [name, scopes])),
    },
    files: world.files.state,
    fresh,
    readers: new Map(
      [...memories].map(([name, { entries }]) => [
        name,
        new Map(entries.map(entry => [at(entry.tenant, entry.address), entry])),
      ]),
    ),
    repairedBySweep: new Map([...memories].map(([name, { stats }]) => [name, stats.repairedBySweep])),
  };
}

interface Fresh extends Pick<FinalState, 'fresh'> {
  readonly scopes: ScopesState['fresh'];
}

async function readFresh({ redis: place, prefix, drawn }: World): Promise<Fresh> {
  const redis = place.connect();
  const client = await createClient({ redis, prefix, readTimeoutMs: 5_000 });
  try {
    const found = new Map<string, Partial<Seen>>();
    for (const [tenant, group] of Map.groupBy(watchedIn(drawn), address => address.tenant)) {
      const values = await client.tenant(tenant).getMany(group.map(({ ref }) => ref));
      group.forEach(({ ref }, i) => {
        found.set(at(tenant, ref.address), {
          tenant,
          address: ref.address,
          value: values[i] === undefined ? undefined : seenValue(ref.address, values[i]),
        });
      });
    }
    return { fresh: found, scopes: await freshScopes(client) };
  } finally {
    await client.close();
    redis.disconnect();
  }
}
