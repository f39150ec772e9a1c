import type { Client } from '@tenantry/sdk';
import type { MetricName } from './catalogue.ts';
import type { Sample } from './exposition/format.ts';
import { bucketSamples } from './exposition/histogram.ts';

/** What a client says of itself: memory answers, nothing is asked. */
export function readerMetrics(
  client: Pick<Client, 'stats' | 'health' | 'watchStatus'>,
): Map<MetricName, Iterable<Sample>> {
  const stats = client.stats();
  const breakers = client.health()?.filter(({ kind }) => kind === 'breaker').length ?? 0;
  const { boundsMs, counts, sumMs } = stats.lag;
  return new Map<MetricName, Iterable<Sample>>([
    ['tenantry_read_hits_total', one(stats.hits)],
    ['tenantry_read_misses_total', one(stats.misses)],
    ['tenantry_redis_reads_total', one(stats.reads)],
    ['tenantry_source_loads_total', one(stats.loads)],
    ['tenantry_undecodable_total', one(stats.undecodable)],
    ['tenantry_entries', one(stats.entries)],
    ['tenantry_watched_entries', one(stats.watched)],
    ['tenantry_evicted_total', one(stats.evicted)],
    ['tenantry_tenants', one(stats.tenants)],
    ['tenantry_followed_tenants', one(stats.followed)],
    ['tenantry_stale_tenants', one(stats.stale)],
    ['tenantry_feed_connected', one(client.watchStatus().connected ? 1 : 0)],
    [
      'tenantry_feed_lag_seconds',
      bucketSamples(
        boundsMs.map(ms => ms / 1_000),
        counts,
        sumMs / 1_000,
      ),
    ],
    ['tenantry_feed_gaps_total', one(stats.gaps)],
    ['tenantry_feed_resyncs_total', one(stats.resyncs)],
    [
      'tenantry_repairs_total',
      [
        { labels: { by: 'resync' }, value: stats.foundByResync },
        { labels: { by: 'sweep' }, value: stats.repairedBySweep },
      ],
    ],
    ['tenantry_open_breakers', one(breakers)],
  ]);
}

/** A value without labels. */
export function one(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}
