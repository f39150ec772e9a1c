import { createPayloadCodec, createRedisNames, decodeEnvelope } from '@tenantry/protocol/wire';
import { seenValue } from '../drawn/shapes.ts';
import { layersHome } from '../scopes/read-layers.ts';
import type { ScopeStanding, ScopesState } from '../scopes/scopes-state.ts';
import { TENANTS } from '../traffic/addresses.ts';
import type { RedisPlace } from '../world/redis-place.ts';
import { at, type FinalState, type Standing } from './final-state.ts';

/** Every key under the prefix, whatever put it there. */
export async function readRedis(
  place: RedisPlace,
  prefix: string,
): Promise<Pick<FinalState, 'redis' | 'dirty' | 'deadLetters'> & { readonly layers: ScopesState['redis'] }> {
  const names = createRedisNames(prefix);
  const codec = createPayloadCodec();
  const keyPrefixes = TENANTS.map(tenant => ({ tenant, keyPrefix: names.of(tenant).keyPrefix }));
  const standings = new Map<string, Standing>();
  const layers = new Map<string, ScopeStanding>();
  const layerAt = layersHome(names);
  const dirty: string[] = [];
  const deadLetters: string[] = [];
  for (const redis of await place.masters()) {
    try {
      for await (const keys of redis.scanStream({ match: `${prefix}:{*}:k:*`, count: 1_000 }))
        for (const key of new Set(keys as string[])) {
          const bytes = await redis.getBuffer(key);
          const home = keyPrefixes.find(({ keyPrefix }) => key.startsWith(keyPrefix));
          if (!bytes || key.startsWith(names.of('probe').keyPrefix)) continue;
          const { owner, version, payload, isAbsent } = decodeEnvelope(bytes);
          // Remembered for a reader with a source: the database has nothing.
          if (isAbsent) continue;
          const layer = layerAt(key);
          if (layer) {
            layers.set(layer, { version, value: codec.decode(payload) });
            continue;
          }
          const address = home ? key.slice(home.keyPrefix.length) : '';
          const value = seenValue(address, codec.decode(payload));
          const name = home ? at(home.tenant, address) : `? ${key}`;
          standings.set(name, { owner, version, value });
        }
      for await (const keys of redis.scanStream({ match: names.dirtyPattern, count: 1_000 }))
        for (const key of keys as string[]) dirty.push(...(await redis.hkeys(key)).map(owner => `${key} ${owner}`));
      for await (const keys of redis.scanStream({ match: names.deadLettersPattern, count: 1_000 }))
        for (const key of keys as string[])
          deadLetters.push(...(await redis.hkeys(key)).map(owner => `${key} ${owner}`));
    } finally {
      redis.disconnect();
    }
  }
  return { redis: standings, layers, dirty, deadLetters };
}
