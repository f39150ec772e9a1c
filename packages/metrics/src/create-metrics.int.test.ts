import { configStore } from '@tenantry/mikro-orm';
import { defineConfig } from '@tenantry/protocol';
import { signals } from '@tenantry/redis';
import { createClient } from '@tenantry/sdk';
import { eventually, freshDatabase, startFaultProxy } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTables } from '../../mikro-orm/src/create-tables.fixture.ts';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openSystem, type TestSystem } from '../../mikro-orm/src/system.fixture.ts';
import { createMetrics } from './create-metrics.ts';

const CANARY = 'canary-5b1d';
const secret = defineConfig({
  name: 'token',
  schema: z.object({ key: z.string() }),
  secret: true,
  cacheTimeout: '30s',
  databaseTimeout: '30s',
});

const open = (options: Partial<Parameters<typeof openSystem>[0]> = {}) =>
  openSystem({ sync: [[Plan, plans]], ...options, tenantry: { configs: [secret], ...options.tenantry } });

function clientOf({ prefix, redis }: TestSystem) {
  const { host, port } = redis.options;
  return createClient({ redis: `redis://${host}:${port}`, prefix, readTimeoutMs: 10_000 });
}

async function insert(system: TestSystem, slug: string, tenantId = 'acme'): Promise<void> {
  const em = system.em();
  em.create(Plan, { tenantId, slug, name: `${CANARY}-${slug}` });
  await em.flush();
}

/** Every series as `name{label,label}`, once. */
function seriesOf(text: string): string[] {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  const series = lines.map(line => {
    const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    return `${name}{${[...labels.matchAll(/(\w+)="/g)].map(([, label]) => label).join(',')}}`;
  });
  return [...new Set(series)];
}

const numberOf = (text: string, series: string) =>
  Number(
    text
      .split('\n')
      .find(line => line.startsWith(`${series} `))
      ?.split(' ')
      .at(-1),
  );

const ALL = [
  'tenantry_commits_total{}',
  'tenantry_publish_seconds_bucket{by,le}',
  'tenantry_publish_seconds_sum{by}',
  'tenantry_publish_seconds_count{by}',
  'tenantry_published_records_total{by}',
  'tenantry_publish_failures_total{by,code}',
  'tenantry_relay_seconds_bucket{le}',
  'tenantry_relay_seconds_sum{}',
  'tenantry_relay_seconds_count{}',
  'tenantry_relayed_changes_total{}',
  'tenantry_dead_total{what}',
  'tenantry_fills_total{}',
  'tenantry_filled_rows_total{}',
  'tenantry_audits_total{complete}',
  'tenantry_audit_findings_total{kind}',
  'tenantry_audit_repairs_total{}',
  'tenantry_write_back_seconds_bucket{le}',
  'tenantry_write_back_seconds_sum{}',
  'tenantry_write_back_seconds_count{}',
  'tenantry_write_back_flushed_total{}',
  'tenantry_write_back_failures_total{code}',
  'tenantry_outbox_changes{}',
  'tenantry_outbox_oldest_seconds{}',
  'tenantry_dead_rows{}',
  'tenantry_write_back_tenants{}',
  'tenantry_write_back_oldest_seconds{}',
  'tenantry_dead_letters{}',
  'tenantry_read_hits_total{}',
  'tenantry_read_misses_total{}',
  'tenantry_redis_reads_total{}',
  'tenantry_source_loads_total{}',
  'tenantry_undecodable_total{}',
  'tenantry_entries{}',
  'tenantry_watched_entries{}',
  'tenantry_evicted_total{}',
  'tenantry_tenants{}',
  'tenantry_followed_tenants{}',
  'tenantry_stale_tenants{}',
  'tenantry_feed_connected{}',
  'tenantry_feed_lag_seconds_bucket{le}',
  'tenantry_feed_lag_seconds_sum{}',
  'tenantry_feed_lag_seconds_count{}',
  'tenantry_feed_messages_total{}',
  'tenantry_feed_gaps_total{}',
  'tenantry_feed_resyncs_total{}',
  'tenantry_repairs_total{by}',
  'tenantry_open_breakers{}',
  'tenantry_event_streams{}',
  'tenantry_scrape_failures_total{of}',
];

/** What hardly ever happens. */
function tellRareSignals(): void {
  signals.defer.publish({ changes: 1, code: 'TIMEOUT' });
  signals.dead.publish({ what: 'row', name: 'plans' });
  signals['write-back'].publish({ tenant: 'acme', flushed: 2, ms: 3 });
  signals['write-back'].publish({ tenant: undefined, flushed: 0, ms: 3, code: 'UNAVAILABLE' });
}

describe('the metrics of a process', () => {
  it('have exactly these names and labels: no tenant, no value, no secret', async () => {
    // B22, B29
    await using system = await open();
    const client = await clientOf(system);

    const metrics = createMetrics({ orm: system.orm as never, client, streams: () => 2, budgetMs: 30_000 });
    const acme = client.tenant('acme');
    await insert(system, 'a');
    await configStore(system.orm).tenant('acme').set(secret, { key: CANARY });
    await acme.get(plans.by('slug', { slug: 'a' }));
    await acme.get(secret);
    await insert(system, 'b');
    await system.drain();
    await system.replication.audit();
    tellRareSignals();
    await eventually(async () =>
      expect(numberOf(await metrics.text(), 'tenantry_feed_messages_total')).toBeGreaterThan(0),
    );
    await system.sql('alter table tenantry_outbox rename to outbox_away');
    await metrics.text();
    await system.sql('alter table outbox_away rename to tenantry_outbox');
    const text = await metrics.text();
    expect(seriesOf(text)).toEqual(ALL);
    expect(text).not.toMatch(/acme|canary/);
    expect(numberOf(text, 'tenantry_scrape_failures_total{of="database"}')).toBe(1);
    expect(numberOf(text, 'tenantry_commits_total')).toBe(3);
    expect(numberOf(text, 'tenantry_published_records_total{by="commit"}')).toBe(3);
    expect(numberOf(text, 'tenantry_event_streams')).toBe(2);
    await client.close();
    metrics.close();
    await insert(system, 'c');
    expect(numberOf(await metrics.text(), 'tenantry_commits_total')).toBe(3);
  });

  it('have counters that an alert waits for before anything has happened: else it would miss the first time', async () => {
    await using system = await open();
    const metrics = createMetrics({ orm: system.orm as never });
    const text = await metrics.text();
    const at0 = text
      .split('\n')
      .filter(line => /^tenantry_(dead_total|audit|scrape)\S* 0$/.test(line.replace(/"[^"]*"/, '""')));
    expect(at0.map(line => line.replace(/ 0$/, ''))).toEqual([
      ...['row', 'letter'].map(what => `tenantry_dead_total{what="${what}"}`),
      ...['true', 'false'].map(complete => `tenantry_audits_total{complete="${complete}"}`),
      ...['missing', 'stale', 'orphan', 'foreign', 'unknown', 'ahead', 'unpublishable'].map(
        kind => `tenantry_audit_findings_total{kind="${kind}"}`,
      ),
      'tenantry_audit_repairs_total',
      ...['database', 'redis', 'dead letters'].map(of => `tenantry_scrape_failures_total{of="${of}"}`),
    ]);
    metrics.close();
  });

  it('have what waits in the outbox, and for how long', async () => {
    await using system = await open({ tenantry: { publish: 'relay' } });
    const metrics = createMetrics({ orm: system.orm as never, budgetMs: 30_000 });
    expect(numberOf(await metrics.text(), 'tenantry_outbox_oldest_seconds')).toBe(0);
    await insert(system, 'a');
    await insert(system, 'b');
    await system.sql('update tenantry_outbox set created_at = created_at - 60000');
    const text = await metrics.text();
    expect(numberOf(text, 'tenantry_outbox_changes')).toBe(2);
    expect(numberOf(text, 'tenantry_outbox_oldest_seconds')).toBeGreaterThan(59);
    metrics.close();
  });

  it('have a label for the tenant where it was asked for, and no more tenants than that', async () => {
    await using system = await open();
    const metrics = createMetrics({ tenantLabel: { most: 2 } });
    for (const tenant of ['acme', 'zoo', 'zeta', 'beta']) await insert(system, tenant, tenant);
    const lines = (await metrics.text())
      .split('\n')
      .filter(line => line.startsWith('tenantry_published_records_total'));
    expect(lines).toEqual([
      'tenantry_published_records_total{by="commit",tenant="tenants/acme"} 1',
      'tenantry_published_records_total{by="commit",tenant="tenants/zoo"} 1',
      'tenantry_published_records_total{by="commit",tenant="other"} 2',
    ]);
    metrics.close();
  });

  it('come within the budget from a database that hangs, without what it was asked, and without asking it more and more', async () => {
    await using database = await freshDatabase();
    const url = new URL(database.url);
    const target = { host: url.hostname, port: Number(url.port) };
    await using proxy = await startFaultProxy({ target });
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    await using system = await open({ database, orm: { clientUrl: url.href } });
    await createTables(system.orm, database);
    const metrics = createMetrics({ orm: system.orm as never, budgetMs: 200 });
    await eventually(async () => expect(await metrics.text()).toContain('tenantry_outbox_changes 0'));
    const before = numberOf(await metrics.text(), 'tenantry_scrape_failures_total{of="database"}') || 0;
    proxy.set('stall');
    for (let i = 1; i <= 3; i++) {
      const text = await metrics.text();
      expect(text).not.toContain('tenantry_outbox_changes');
      expect(text).toContain('tenantry_commits_total');
      expect(numberOf(text, 'tenantry_scrape_failures_total{of="database"}')).toBe(before + i);
    }
    proxy.set('pass');
    await eventually(async () => expect(await metrics.text()).toContain('tenantry_outbox_changes 0'));
    metrics.close();
  });

  it.each([
    [{ budgetMs: 0 }, /budgetMs/],
    [{ tenantLabel: { most: 0 } }, /tenantLabel/],
    [{ tenantLabel: {} }, /tenantLabel/],
    [{ orm: {} }, /orm/],
    [{ client: {} }, /client/],
    [{ streams: 1 }, /streams/],
    [{ tenant: true }, /tenant/],
  ])('refuse %j', (options, message) => {
    expect(() => createMetrics(options as never)).toThrow(message);
  });
});
