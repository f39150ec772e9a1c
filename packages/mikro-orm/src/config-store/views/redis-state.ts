import type { AnyConfig } from '@tenantry/protocol';
import { TRY_AGAIN, withoutValues } from '@tenantry/protocol/internal';
import { decodeEnvelope, type Envelope } from '@tenantry/protocol/wire';
import { whenReady, within } from '@tenantry/redis';
import type { ConfigParts } from '../../configs/config-parts.ts';

/** The state of one config in Redis. */
export interface RedisState {
  /** The record's version; 0 none. */
  readonly version: number;
  /** Without its payload; undefined if the key is not there, or is not an envelope of ours. */
  readonly envelope: Envelope | undefined;
  /** The length of the key's value. */
  readonly bytes: number;
  readonly dropsInMs: number | undefined;
}

/** The head of an envelope: so many bytes, and its address. */
const FIXED_BYTES = 35;

/** Reads the state of each config with one pipeline, in the order of the definitions. */
export async function readRedisStates(
  { redis, replica }: Pick<ConfigParts, 'redis' | 'replica'>,
  tenant: string,
  definitions: readonly AnyConfig[],
): Promise<RedisState[]> {
  if (definitions.length === 0) return [];
  const { records, keyPrefix } = replica.names.of(tenant);
  const budgetMs = Math.max(...definitions.map(({ cacheTimeoutMs }) => cacheTimeoutMs));
  const reading = async () => {
    await whenReady(redis);
    const pipeline = redis.pipeline().hmget(records, ...definitions.map(({ address }) => address));
    for (const { address } of definitions) {
      const key = keyPrefix + address;
      // The head of the envelope is enough: the value may be long.
      pipeline
        .getrangeBuffer(key, 0, FIXED_BYTES + address.length - 1)
        .strlen(key)
        .pttl(key);
    }
    const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });
    const known = replies[0] as (string | null)[];
    return definitions.map((_, i): RedisState => {
      const [head, bytes, dropsIn] = replies.slice(1 + 3 * i, 4 + 3 * i) as [Buffer, number, number];
      return {
        version: Number(/^\d+/.exec(known[i] ?? '')?.[0] ?? 0),
        envelope: decodeHead(head),
        // With `stringNumbers` they are texts.
        bytes: Number(bytes),
        dropsInMs: Number(dropsIn) >= 0 ? Number(dropsIn) : undefined,
      };
    });
  };
  return within(budgetMs, 'Looking at Redis', reading()).catch(error => {
    throw withoutValues(error, 'Looking at Redis', TRY_AGAIN);
  });
}

function decodeHead(head: Buffer): Envelope | undefined {
  if (head.length === 0) return undefined;
  try {
    return decodeEnvelope(head);
  } catch {
    return undefined;
  }
}
