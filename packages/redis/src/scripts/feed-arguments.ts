import { randomBytes } from 'node:crypto';
import { channelSuffixOf, isCluster, type RedisClient } from '../connection/redis-client.ts';
import { createRandomBytes } from './random-bytes.ts';

// A reader fetches a value above the first limit by itself, and one message never outgrows the second: Redis pushes each
// message to every reader of the tenant.
const INLINE_BYTES = 4 * 1024;
const MESSAGE_BYTES = 64 * 1024;

/** The envelope of a change that has none. */
export const NOTHING: Buffer = Buffer.alloc(0);

/** The command with which a script pushes a message, and what it appends to the feed's name: a Cluster has sharded channels. */
export function pushCommandOf(redis: RedisClient): 'SPUBLISH' | `PUBLISH${string}` {
  return isCluster(redis) ? 'SPUBLISH' : `PUBLISH${channelSuffixOf(redis)}`;
}

/** The id of a feed's new epoch, should the script begin one; a token of a lease has the same form. */
export const newEpoch = (): string => randomBytes(9).toString('base64url');

/** Tells a message from every other with the same epoch and seq. */
export const newTag = (): Buffer => randomBytes(8);

/** The arguments with which every script that changes several records begins. */
export type ScriptHead = (
  redis: RedisClient,
  keyPrefix: string,
  feedLength: number,
  changes: number,
) => (string | number | Buffer)[];

/** Draws its random bytes for many calls at once. */
export function createScriptHead(): ScriptHead {
  const random = createRandomBytes();
  return (redis, keyPrefix, feedLength, changes) => [
    keyPrefix,
    pushCommandOf(redis),
    feedLength,
    random(9).toString('base64url'),
    random(8),
    changes,
  ];
}

/** For each change, 1 where its envelope is small enough to travel in the message. */
export function inlined(changes: readonly { readonly envelope?: Buffer | undefined }[]): (0 | 1)[] {
  let bytes = 0;
  return changes.map(({ envelope = NOTHING }) => {
    if (envelope.length > INLINE_BYTES || bytes + envelope.length > MESSAGE_BYTES) return 0;
    bytes += envelope.length;
    return 1;
  });
}
