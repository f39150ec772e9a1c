import { BasicClientSideCache, createClient } from 'redis';

/** node-redis with client-side caching, without a limit, as its documentation opens it. */
export async function openCachingRedis(url: string) {
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0, evictPolicy: 'LRU' });
  const client = createClient({ url, RESP: 3, clientSideCache: cache });
  client.on('error', () => undefined);
  await client.connect();
  return { client, cache };
}
