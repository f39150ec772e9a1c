import { eventually, spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { Plan, plans } from '../../packages/mikro-orm/src/plans.fixture.ts';
import { openSystem } from '../../packages/mikro-orm/src/system.fixture.ts';
import { instrument } from '../../packages/otel/src/instrument.ts';
import { type RecordedSpan, recordSpans } from '../../packages/otel/src/recorded-spans.fixture.ts';
import type { TracedTask } from './traced-process.fixture.ts';

it('a change is one trace over three processes: its writer, a relay, and a reader', async () => {
  await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { publish: 'relay' } });
  const { url, kind, name } = system.database;
  const { host, port } = system.redis.options;
  const start = (role: TracedTask['role']) => {
    const task: TracedTask = {
      role,
      database: { url, kind, name },
      redisUrl: `redis://${host}:${port}`,
      prefix: system.prefix,
    };
    const started = spawnNode(new URL('./traced-process.fixture.ts', import.meta.url), [JSON.stringify(task)]);
    let spans: readonly RecordedSpan[] = [];
    started.onMessage(message => {
      spans = message as RecordedSpan[];
    });
    return { started, named: (wanted: string) => spans.filter(span => span.name === wanted) };
  };
  const [relay, reader] = [start('relay'), start('reader')];
  await using _relay = relay.started;
  await using _reader = reader.started;
  await Promise.all([relay.started.waitForLine('ready'), reader.started.waitForLine('ready')]);
  const recorded = recordSpans();
  const instrumentation = instrument({ tracerProvider: recorded.tracerProvider });
  const em = system.em();
  em.create(Plan, { tenantId: 'acme', slug: 'gold' });
  await em.flush();
  instrumentation.close();
  await eventually(() => expect(reader.named('tenantry.apply')).toHaveLength(1), { timeoutMs: 60_000 });
  await eventually(() => expect(relay.named('tenantry.publish')).toHaveLength(1), { timeoutMs: 60_000 });
  const [commit] = recorded.named('tenantry.commit');
  const [publish] = relay.named('tenantry.publish');
  const [apply] = reader.named('tenantry.apply');
  expect(publish).toMatchObject({
    traceId: commit?.traceId,
    parentId: commit?.spanId,
    attributes: { 'tenantry.by': 'relay' },
  });
  expect(apply).toMatchObject({ traceId: commit?.traceId, parentId: publish?.spanId });
}, 180_000);
