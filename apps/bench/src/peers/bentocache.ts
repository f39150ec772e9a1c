import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import type { RawCommonOptions } from 'bentocache/types';
import type { Redis } from 'ioredis';

export interface BentoOptions extends RawCommonOptions {
  /** Its second layer; it stays the caller's to close. */
  readonly redis?: Redis;
  /** Where the bus that invalidates other processes' memory runs, over connections of its own. */
  readonly busUrl?: string;
  readonly prefix?: string;
  /** Its default is true: memory holds JSON, and each hit parses it. */
  readonly serialize?: boolean;
  /** Its default: 1,000. Memory for so many is taken at once. */
  readonly maxItems?: number;
}

export type Bento = ReturnType<typeof openBento>;

/** Layers as its documentation builds them: memory, then Redis, then a bus. */
export function openBento({ redis, busUrl, prefix = 'bento', serialize, maxItems = 1_000, ...options }: BentoOptions) {
  const store = bentostore(options).useL1Layer(
    memoryDriver({ maxItems, ...(serialize === undefined ? {} : { serialize }) }),
  );
  if (redis) store.useL2Layer(redisDriver({ connection: redis }));
  if (busUrl) {
    const { hostname, port } = new URL(busUrl);
    store.useBus(redisBusDriver({ connection: { host: hostname, port: Number(port) } }));
  }
  return new BentoCache({ default: 'bench', prefix, ttl: '1h', stores: { bench: store } });
}
