import { createHash } from 'node:crypto';
import type { RedisClient } from './redis-client.ts';
import type { LuaScript } from './scripts.lua.ts';

/** A script bound to its hash. Called by hash; a server that lost it (restart, SCRIPT FLUSH, failover) is sent the source. */
export type ScriptRunner = (
  redis: RedisClient,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
) => Promise<unknown>;

export function createScriptRunner({ source, numberOfKeys }: LuaScript): ScriptRunner {
  const sha = createHash('sha1').update(source).digest('hex');
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(sha, numberOfKeys, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(source, numberOfKeys, ...keys, ...args);
    }
  };
}
