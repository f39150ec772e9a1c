import type { Tenant } from '@tenantry/protocol';
import type { RedisNames } from '@tenantry/protocol/wire';
import type { Redis } from 'ioredis';
import { channelSuffixOf, isCluster, type RedisClient } from '../connection/redis-client.ts';
import { within } from '../connection/within.ts';

const ASK_MS = 5_000;
const CHANNELS_AT_ONCE = 1_000;

/**
 * The tenants whose feeds most connections follow right now, the hottest first, of equal ones by name; at most `limit`, and
 * none of `without`. Subscriptions are what a Redis still knows that lost all of its data. None where it does not tell.
 */
export async function hottestTenants(
  redis: RedisClient,
  names: RedisNames,
  limit: number,
  without: ReadonlySet<Tenant>,
): Promise<Tenant[]> {
  const hottest = async () => {
    // A channel of a Cluster belongs to the node of its slot, and so do those who listen to it.
    const nodes = isCluster(redis) ? redis.nodes('master') : [redis];
    const perNode = await Promise.all(
      nodes.map(node => hottestOf(node, isCluster(redis) ? 'SHARD' : '', names, limit, without)),
    );
    const counts = new Map<string, Followed>();
    // While a slot is on its way, two nodes have some of its subscriptions.
    for (const one of perNode.flat())
      counts.set(one.channel, { ...one, count: one.count + (counts.get(one.channel)?.count ?? 0) });
    return first([...counts.values()], limit).map(({ tenant }) => tenant);
  };
  // Not allowed, not known to a proxy, too slow: an order is worth no more than that.
  return within(ASK_MS, 'Asking who is followed', hottest()).catch(() => []);
}

interface Followed {
  readonly tenant: Tenant;
  readonly channel: string;
  readonly count: number;
}

async function hottestOf(
  node: Redis,
  shard: 'SHARD' | '',
  names: RedisNames,
  limit: number,
  without: ReadonlySet<Tenant>,
): Promise<Followed[]> {
  const suffix = channelSuffixOf(node);
  const channels = (await node.call('PUBSUB', `${shard}CHANNELS`, names.feedPattern + suffix)) as string[];
  let found: Followed[] = [];
  for (let i = 0; i < channels.length; i += CHANNELS_AT_ONCE) {
    const some = channels.slice(i, i + CHANNELS_AT_ONCE);
    const counts = (await node.call('PUBSUB', `${shard}NUMSUB`, ...some)) as (string | number)[];
    for (const [j, channel] of some.entries()) {
      const tenant = names.tenantOfFeed(channel.slice(0, channel.length - suffix.length));
      const count = Number(counts[2 * j + 1]);
      if (tenant !== undefined && count > 0 && !without.has(tenant)) found.push({ tenant, channel, count });
    }
    found = first(found, limit);
  }
  return found;
}

const first = (followed: Followed[], limit: number): Followed[] =>
  followed.sort((a, b) => b.count - a.count || (a.channel < b.channel ? -1 : 1)).slice(0, limit);
