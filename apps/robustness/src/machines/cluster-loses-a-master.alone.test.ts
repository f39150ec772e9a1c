import { replication, tenantry } from '@tenantry/mikro-orm';
import { createClient, type Entry } from '@tenantry/sdk';
import { eventually, freshDatabase } from '@tenantry/testing';
import { startWorker } from '@tenantry/worker';
import { expect, it } from 'vitest';
import { Plan, plans } from '../../../../packages/mikro-orm/src/plans.fixture.ts';
import { openOrm } from '../../../../packages/mikro-orm/src/system.fixture.ts';
import { noCluster, startCluster } from '../../../../packages/redis/src/cluster.fixture.ts';

const TENANTS = Array.from({ length: 12 }, (_, i) => `tenant-${i}`);

// R11
it.skipIf(noCluster)(
  'a Cluster of which one master lost its data is mended, and its readers say stale until then',
  { timeout: 180_000 },
  async () => {
    await using cluster = await startCluster();
    const redis = cluster.connect();
    redis.on('error', () => undefined);
    await eventually(() => redis.status === 'ready');
    await using database = await freshDatabase();
    const orm = await openOrm(database, {
      entities: [Plan],
      extensions: [tenantry({ redis, sync: [[Plan, plans]], publishTimeoutMs: 5_000, relayGraceMs: 50 })],
    });
    await orm.schema.create();
    const replicated = replication(orm as never);
    const em = orm.em.fork();
    for (const tenantId of TENANTS) em.create(Plan, { tenantId, slug: tenantId });
    await em.flush();
    await replicated.settled();
    expect(await replicated.fillIfEmpty()).toBe(true);
    expect(await replicated.audit()).toMatchObject({ rows: 12, records: 12, left: 0 });
    expect(await replicated.checkHistory()).toBe('same');

    const client = await createClient({
      redis,
      heartbeatMs: 100,
      feedTimeoutMs: 500,
      backoffMs: 20,
      maxBackoffMs: 100,
    });
    const entries = (where: (entry: Entry<unknown> | undefined) => boolean) =>
      TENANTS.filter(tenant => where(client.tenant(tenant).peekEntry(plans.by('slug', { slug: tenant }))));
    const gone: string[] = [];
    for (const tenant of TENANTS)
      client
        .tenant(tenant)
        .watchEntry(plans.by('slug', { slug: tenant }))
        .subscribe(({ value, stale }) => value === undefined && !stale && gone.push(tenant));
    await eventually(() => expect(entries(entry => entry?.stale === false)).toEqual(TENANTS));
    // Two heartbeats, after which every reader knows the marker.
    const began = performance.now();
    await eventually(() => performance.now() - began > 1_000);
    gone.length = 0;

    // Not the one with the marker: that is noticed by the marker.
    const keepsMarker = await cluster.onEach(node => node.exists(replicated.replica.names.fillState).catch(() => 0));
    const victim = cluster.nodes[keepsMarker.indexOf(0)];
    await victim?.restart();
    await eventually(async () => (await replicated.audit().catch(() => ({ left: 0 }))).left > 0);

    await eventually(() => expect(entries(entry => entry?.stale === true).length).toBeGreaterThan(0));
    const worker = await startWorker({ orm: orm as never, redis, relayEveryMs: 50, fillEveryMs: 100, auditEveryMs: 0 });
    await eventually(async () => (await replicated.audit()).left === 0);
    for (const tenant of TENANTS)
      expect(await redis.exists(`${replicated.replica.names.of(tenant).keyPrefix}plans:slug:${tenant}`)).toBe(1);
    await eventually(() =>
      expect(entries(entry => entry?.stale === false && entry.value !== undefined)).toEqual(TENANTS),
    );
    // Readers never took for deleted what one node had lost.
    expect(gone).toEqual([]);
    await client.close();
    await worker.close();
    redis.disconnect();
    await orm.close();
  },
);
