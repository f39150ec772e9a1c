import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context, ROOT_CONTEXT } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { signals } from '@tenantry/redis';
import { createClient } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Plan, plans } from '../../packages/mikro-orm/src/plans.fixture.ts';
import { openSystem, type TestSystem } from '../../packages/mikro-orm/src/system.fixture.ts';
import { instrument } from '../../packages/otel/src/instrument.ts';
import { recordSpans } from '../../packages/otel/src/recorded-spans.fixture.ts';

const CANARY = 'canary-91c4';

// What @opentelemetry/context-async-hooks does.
const storage = new AsyncLocalStorage<Context>();
beforeAll(() => {
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, run, self, ...args) => storage.run(active, () => run.apply(self as never, args)),
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
});
afterAll(() => context.disable());

const open = (tenantry = {}) => openSystem({ sync: [[Plan, plans]], tenantry });

async function insert(system: TestSystem, ...slugs: string[]): Promise<void> {
  const em = system.em();
  for (const slug of slugs) em.create(Plan, { tenantId: 'acme', slug, name: `${CANARY}-${slug}` });
  await em.flush();
}

describe('the spans of a change', () => {
  it('go from the request over commit and publish to what a reader applied, and have no value', async () => {
    await using system = await open();
    const { host, port } = system.redis.options;
    const client = await createClient({ redis: `redis://${host}:${port}`, prefix: system.prefix });
    const reading = client
      .tenant('acme')
      .watch(plans.by('slug', { slug: 'gold' }))
      .subscribe();
    await eventually(() => expect(client.stats()).toMatchObject({ followed: 1, stale: 0 }));
    await eventually(() => expect(client.health()).toBeNull());
    const recorded = recordSpans();
    const instrumentation = instrument({ tracerProvider: recorded.tracerProvider });
    await recorded.tracerProvider.getTracer('app').startActiveSpan('request', async request => {
      await insert(system, 'gold');
      request.end();
    });
    await eventually(() => expect(recorded.named('tenantry.apply')).toHaveLength(1));
    const [request, commit, publish, apply] = [
      ...['request', 'tenantry.commit', 'tenantry.publish', 'tenantry.apply'].map(name => recorded.named(name)[0]),
    ];
    expect(commit?.parentId).toBe(request?.spanId);
    expect(publish).toMatchObject({
      parentId: commit?.spanId,
      attributes: { 'tenantry.by': 'commit', 'tenantry.records': 1 },
    });
    expect(apply).toMatchObject({
      parentId: publish?.spanId,
      traceId: request?.traceId,
      attributes: { 'tenantry.changes': 1 },
    });
    expect(JSON.stringify(recorded.spans())).not.toMatch(/canary|acme|gold/);
    instrumentation.close();
    await insert(system, 'iron');
    expect(recorded.named('tenantry.commit')).toHaveLength(1);
    expect((await system.feed('acme')).at(-1)?.changes[0]?.trace).toBeUndefined();
    for (const signal of Object.values(signals)) expect(signal.hasSubscribers).toBe(false);
    reading.unsubscribe();
    await client.close();
  });

  it('are linked where one publish brings several commits, and none is left of what was rolled back', async () => {
    await using system = await open({ publish: 'relay' });
    const recorded = recordSpans();
    using _ = disposing(instrument({ tracerProvider: recorded.tracerProvider }));
    await insert(system, 'a');
    await insert(system, 'b');
    const work = system.em().transactional(async em => {
      em.create(Plan, { tenantId: 'acme', slug: 'c' });
      await em.flush();
      throw new Error('no');
    });
    await expect(work).rejects.toThrow();
    await system.drain();
    const commits = recorded.named('tenantry.commit').map(({ spanId }) => spanId);
    expect(commits).toHaveLength(2);
    const [publish, ...others] = recorded.named('tenantry.publish');
    expect(others).toEqual([]);
    expect(publish?.parentId).toBeUndefined();
    // Two commits that a relay found at once have no order.
    expect(publish?.links.toSorted()).toEqual(commits.toSorted());
  });

  it('say by a code why a publish failed', async () => {
    const recorded = recordSpans();
    using _ = disposing(instrument({ tracerProvider: recorded.tracerProvider }));
    const signal = { by: 'relay' as const, traces: ['not one'], records: [], ms: 1 };
    signals.publishing.publish(signal);
    signals.publish.publish(Object.assign(signal, { code: 'UNAVAILABLE' }));
    expect(recorded.named('tenantry.publish')).toMatchObject([
      { isError: true, links: [], attributes: { 'error.type': 'UNAVAILABLE' } },
    ]);
  });
});

it('counts what happens, by the SDK of the application', async () => {
  await using system = await open();
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  using _ = disposing(instrument({ meterProvider }));
  await insert(system, 'a', 'b');
  await system.replication.relay();
  await reader.forceFlush();
  const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  const values = Object.fromEntries(all.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]));
  expect(values).toMatchObject({
    'tenantry.commits': 1,
    'tenantry.published.records': 2,
    'tenantry.publish.duration': { count: 1 },
    'tenantry.relay.duration': { count: 1 },
  });
  expect(JSON.stringify(all)).not.toMatch(/acme|canary/);
  await meterProvider.shutdown();
});

it('refuses what is no provider', () => {
  expect(() => instrument({ tracerProvider: {} as never })).toThrow(/tracerProvider/);
  expect(() => instrument({ meterProvider: 1 as never })).toThrow(/meterProvider/);
});

function disposing(instrumentation: { close(): void }): Disposable {
  return { [Symbol.dispose]: () => instrumentation.close() };
}
