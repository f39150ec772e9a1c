/** One metric, as the page docs/reference/metrics.md lists it. */
export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
  /** It gets the label `tenant` with the option `tenantLabel`. */
  readonly perTenant?: true;
}

/** Every metric that there is. */
export const CATALOGUE = {
  tenantry_commits_total: {
    type: 'counter',
    help: 'Transactions with replicated changes that this process committed.',
  },
  tenantry_publish_seconds: {
    type: 'histogram',
    help: 'How long publishes took, from the commit or from the claim of a relay.',
    labels: ['by'],
  },
  tenantry_published_records_total: {
    type: 'counter',
    help: 'Records that this process brought into Redis.',
    labels: ['by'],
    perTenant: true,
  },
  tenantry_publish_failures_total: {
    type: 'counter',
    help: 'Publishes that failed, or were left to the relay, by the code of the error.',
    labels: ['by', 'code'],
  },
  tenantry_relay_seconds: { type: 'histogram', help: 'How long runs of the relay took.' },
  tenantry_relayed_changes_total: { type: 'counter', help: 'Changes that the relay of this process published.' },
  tenantry_dead_total: {
    type: 'counter',
    help: 'Changes (row) and write-backs (letter) that this process gave up on.',
    labels: ['what'],
  },
  tenantry_fills_total: { type: 'counter', help: 'How often this process filled an empty Redis.' },
  tenantry_filled_rows_total: { type: 'counter', help: 'Rows that these fills published.' },
  tenantry_audits_total: { type: 'counter', help: 'Audits of this process.', labels: ['complete'] },
  tenantry_audit_findings_total: { type: 'counter', help: 'What these audits found, by kind.', labels: ['kind'] },
  tenantry_audit_repairs_total: { type: 'counter', help: 'Findings that these audits repaired.' },
  tenantry_write_back_seconds: { type: 'histogram', help: 'How long flushes of write-backs took.' },
  tenantry_write_back_flushed_total: {
    type: 'counter',
    help: 'Values that this process brought from Redis into the database.',
    perTenant: true,
  },
  tenantry_write_back_failures_total: {
    type: 'counter',
    help: 'Flushes of write-backs that failed, by the code of the error.',
    labels: ['code'],
  },
  tenantry_outbox_changes: { type: 'gauge', help: 'Changes that wait in the outbox.' },
  tenantry_outbox_oldest_seconds: { type: 'gauge', help: 'How long the first of them has waited; 0: none waits.' },
  tenantry_dead_rows: { type: 'gauge', help: 'Changes that were given up on and wait for a decision.' },
  tenantry_write_back_tenants: {
    type: 'gauge',
    help: 'Tenants that are known to have values that the database does not have yet.',
  },
  tenantry_write_back_oldest_seconds: {
    type: 'gauge',
    help: 'How long the first of them has waited to be looked at; 0: none waits.',
  },
  tenantry_dead_letters: {
    type: 'gauge',
    help: 'Write-backs that were given up on and wait for a decision, at most 1,000 of them; looked for once a minute.',
  },
  tenantry_read_hits_total: { type: 'counter', help: 'Values that get, getMany and entry answered from memory.' },
  tenantry_read_misses_total: { type: 'counter', help: 'Values for which they asked Redis or the source.' },
  tenantry_redis_reads_total: { type: 'counter', help: 'Reads of Redis.' },
  tenantry_source_loads_total: { type: 'counter', help: 'Calls of the source.' },
  tenantry_undecodable_total: { type: 'counter', help: 'Values that could not be decoded.' },
  tenantry_entries: { type: 'gauge', help: 'Addresses in memory.' },
  tenantry_watched_entries: { type: 'gauge', help: 'Addresses that are watched.' },
  tenantry_evicted_total: { type: 'counter', help: 'Addresses that had to make room.' },
  tenantry_tenants: { type: 'gauge', help: 'Tenants of which there is memory, groups and the global scope included.' },
  tenantry_followed_tenants: { type: 'gauge', help: 'Tenants whose feed is followed.' },
  tenantry_stale_tenants: {
    type: 'gauge',
    help: 'Followed tenants whose feed is not live: what is shown of them is stale.',
  },
  tenantry_feed_connected: { type: 'gauge', help: '1 while there is a connection for pushes.' },
  tenantry_feed_lag_seconds: {
    type: 'histogram',
    help: 'How long values took from the commit to this memory, by the clock of the writer.',
  },
  tenantry_feed_messages_total: {
    type: 'counter',
    help: 'Messages of feeds that were taken into memory.',
    perTenant: true,
  },
  tenantry_feed_gaps_total: { type: 'counter', help: 'How often a feed was read on after messages that were missed.' },
  tenantry_feed_resyncs_total: {
    type: 'counter',
    help: 'How often everything of a tenant had to be compared with Redis.',
  },
  tenantry_repairs_total: {
    type: 'counter',
    help: 'Differences between memory and Redis that were repaired. The sweep should find none.',
    labels: ['by'],
  },
  tenantry_open_breakers: { type: 'gauge', help: 'Breakers that hold loads back.' },
  tenantry_event_streams: { type: 'gauge', help: 'Open streams of server-sent events.' },
  tenantry_file_imports_total: { type: 'counter', help: 'Imports of configuration files that have ended.' },
  tenantry_file_import_failures_total: {
    type: 'counter',
    help: 'Imports that failed as a whole: the store could not be read.',
  },
  tenantry_file_import_timestamp_seconds: { type: 'gauge', help: 'When the last import ended, in seconds since 1970.' },
  tenantry_file_configs: {
    type: 'gauge',
    help: 'Configs of the last import by what became of them; drift: others have set another value than the file says.',
    labels: ['result'],
  },
  tenantry_file_problems: { type: 'gauge', help: 'What was wrong with files at the last import.' },
  tenantry_file_orphans: {
    type: 'gauge',
    help: 'Configs that the loader has set and no file said any more at the last import.',
  },
  tenantry_scrape_failures_total: {
    type: 'counter',
    help: 'How often a gauge could not be had within the budget of a scrape, by who was asked.',
    labels: ['of'],
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** The name of a metric. */
export type MetricName = keyof typeof CATALOGUE;
