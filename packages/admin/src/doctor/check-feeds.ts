import { GLOBAL_TENANT } from '@tenantry/protocol';
import type { HandlerParts } from '../calls/handler-parts.ts';
import { type Check, fail, look, ok, warn } from './check.ts';

const BEHIND_MS = 2_000;

/** The feeds, as a reader has them that is asked here: the client of this process. */
export function checkFeeds({ client, replication }: Pick<HandlerParts, 'client' | 'replication'>) {
  return look('feeds', async (): Promise<Check> => {
    const token = await replication.readToken(undefined);
    const behind = await client.global.whenVisible(token, { timeoutMs: BEHIND_MS }).then(
      () => undefined,
      error => error.code as string,
    );
    if (behind !== undefined)
      return fail(
        'feeds',
        `The client of the admin does not get what Redis has (${behind}): the global feed of Redis ${await positionIn(replication)}.`,
        'Look whether the client has the Redis and the prefix of the ORM, reaches it, and may subscribe to its channels.',
      );
    const { followed, stale, resyncs } = client.stats();
    if (stale > 0)
      return warn(
        'feeds',
        `${stale} of ${followed} feeds that the client of the admin follows are not live: what it shows of them may be old.`,
        'Look at the connection to Redis, and whether its user may subscribe to the channels of all tenants.',
      );
    const anew = resyncs === 0 ? '' : ` It began feeds anew ${resyncs} times since it started.`;
    return ok(
      'feeds',
      `The client of the admin has what Redis has: the global feed ${await positionIn(replication)}.${anew}`,
    );
  });
}

/** Another epoch than at the last look: Redis has lost the feed in between. */
async function positionIn({ redis, replica }: HandlerParts['replication']): Promise<string> {
  const [epoch, seq] = await redis.hmget(replica.names.of(GLOBAL_TENANT).epoch, 'id', 'seq');
  return epoch == null ? 'has no message yet' : `is at message ${seq} of epoch ${epoch}`;
}
