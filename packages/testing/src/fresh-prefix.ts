import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { testServers } from './test-servers.ts';

/** A prefix for Redis names that no other test uses. */
export interface FreshPrefix extends AsyncDisposable {
  readonly prefix: string;
  readonly redisUrl: string;
  /** Removes every key that starts with it. */
  close(): Promise<void>;
}

export function freshPrefix(redisUrl: string = testServers().redisUrl): FreshPrefix {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const close = async (): Promise<void> => {
    const redis = new Redis(redisUrl);
    try {
      for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1000 })) {
        if (keys.length > 0) await redis.unlink(...keys);
      }
    } finally {
      redis.disconnect();
    }
  };
  return { prefix, redisUrl, close, [Symbol.asyncDispose]: close };
}
