import type { FeedRefusals } from './feed-refusals.ts';
import type { TenantFeed } from './tenant-feed.ts';

// One SUBSCRIBE for so many channels at most, so that a reconnect with many tenants does not block the connection.
const SUBSCRIBE_BATCH = 500;

/** One refusal is for a whole command: those that Redis refused the last time are apart from the others. */
export function* batchesOf(feeds: readonly TenantFeed[], refusals: FeedRefusals): Iterable<readonly TenantFeed[]> {
  const { welcome = [], refused = [] } = Object.groupBy(feeds, feed => (refusals.of(feed) ? 'refused' : 'welcome'));
  for (const each of [welcome, refused])
    for (let i = 0; i < each.length; i += SUBSCRIBE_BATCH) yield each.slice(i, i + SUBSCRIBE_BATCH);
}
