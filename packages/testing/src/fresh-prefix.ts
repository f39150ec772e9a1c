import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { testServers } from './test-servers.ts';

/** A prefix for Redis names that no other test uses. */
export interface FreshPrefix extends AsyncDisposable {
  readonly prefix: string;
  readonly redisUrl: string;
  /** Removes every key that starts with it, by this connection or one of its own. */
  close(redis?: Redis): Promise<void>;
}

export function freshPrefix(redisUrl: string = testServers().redisUrl): FreshPrefix {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const close = async (given?: Redis): Promise<void> => {
    const redis = given ?? new Redis(redisUrl);
    try {
      for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1000 })) {
        if (keys.length > 0) await redis.unlink(...keys);
      }
    } finally {
      if (!given) redis.disconnect();
    }
  };
  return { prefix, redisUrl, close, [Symbol.asyncDispose]: () => close() };
}
