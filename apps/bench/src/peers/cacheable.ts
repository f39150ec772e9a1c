import KeyvRedis from '@keyv/redis';
import { Cacheable } from 'cacheable';
import { Keyv } from 'keyv';

/** The store of `@keyv/redis`, connected. */
export async function openKeyvRedis(url: string): Promise<KeyvRedis<unknown>> {
  const store = new KeyvRedis<unknown>(url);
  await store.getClient();
  return store;
}

/** Its default memory, and Redis as its second layer. */
export function openCacheable(store?: KeyvRedis<unknown>): Cacheable {
  // As `createKeyv` of `@keyv/redis` does it: one prefix is enough.
  return store ? new Cacheable({ secondary: new Keyv(store, { useKeyPrefix: false }) }) : new Cacheable();
}
