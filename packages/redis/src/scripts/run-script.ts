import { createHash } from 'node:crypto';
import { isCluster, type RedisClient } from '../connection/redis-client.ts';
import type { LuaScript } from './lua-script.ts';

/** Runs one script and answers what it returns. */
export type ScriptRunner = (
  redis: RedisClient,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
) => Promise<unknown>;

/**
 * Calls a script by its hash. A server that lost the script (restart, SCRIPT FLUSH, failover) is sent the source. Fails as
 * ioredis does.
 */
export function createScriptRunner({ source, numberOfKeys }: LuaScript): ScriptRunner {
  const sha = createHash('sha1').update(source).digest('hex');
  return async (redis, keys, args) => {
    for (const arg of args) if (typeof arg === 'object') arg.toString = toUnrecorded;
    // As one list: spread into a call, the arguments of a large batch would overflow the stack.
    try {
      return numbersIn(redis, await redis.call('evalsha', [sha, numberOfKeys, ...keys, ...args]));
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return numbersIn(redis, await redis.call('eval', [source, numberOfKeys, ...keys, ...args]));
    }
  };
}

/** With `stringNumbers` ioredis hands numbers out as texts. No script of ours returns a text that is a number. */
function numbersIn(redis: RedisClient, reply: unknown): unknown {
  const options = isCluster(redis) ? redis.options.redisOptions : redis.options;
  return options?.stringNumbers ? asNumbers(reply) : reply;
}

function asNumbers(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(asNumbers);
  return typeof reply === 'string' && /^-?\d+$/.test(reply) ? Number(reply) : reply;
}

/**
 * What the usual instrumentations of ioredis write into a trace: they record every argument of EVALSHA as a text. Keys, owners and
 * versions are texts; every value is bytes. Bytes are sent as they are, and whoever asks for a text names its encoding.
 */
function toUnrecorded(this: Buffer, ...asked: Parameters<Buffer['toString']>): string {
  return asked.length > 0 ? Buffer.prototype.toString.apply(this, asked) : `[${this.length} bytes]`;
}
