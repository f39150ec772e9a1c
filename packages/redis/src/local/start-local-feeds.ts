import { Feeds } from '../feed/feeds.ts';
import { FillNews } from '../feed/fill-news.ts';
import type { FeedsOptions } from '../feed/start-feeds.ts';
import type { LocalReplica } from './local-replica.ts';

/** Options of `startLocalFeeds`. */
export type LocalFeedsOptions = Pick<FeedsOptions, 'clock' | 'onTrouble'> &
  Required<Pick<FeedsOptions, 'heartbeatMs' | 'timeoutMs'>> & { readonly replica: LocalReplica };

/** Follows feeds of a local replica until `close()`, as `startFeeds` follows those of Redis. */
export function startLocalFeeds(options: LocalFeedsOptions): Feeds {
  const { replica, heartbeatMs, timeoutMs, clock = Date.now, onTrouble = () => undefined } = options;
  return new Feeds({
    ...{ subscriber: replica.subscribe(), reader: replica.reader, heartbeatMs, timeoutMs, clock, onTrouble },
    // It is never without its records.
    fills: new FillNews(),
  });
}
