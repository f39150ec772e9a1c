import { createClient } from '@tenantry/sdk';
import { eventually, freePort, startFaultProxy, testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { plans } from '../../../mikro-orm/src/plans.fixture.ts';
import { createHealthHandler, type HealthHandler } from './health-handler.ts';

const ask = async (handler: HealthHandler, path: string) => {
  const response = await handler(new Request(`http://here${path}`));
  return response && { status: response.status, body: await response.json() };
};

it('a reader that has not reached Redis yet is live, and neither ready nor fresh', async () => {
  const client = await createClient({ redis: `redis://127.0.0.1:${await freePort()}`, readTimeoutMs: 50 });
  const handler = createHealthHandler({ client });
  expect(await ask(handler, '/live')).toMatchObject({ status: 200, body: { ok: true } });
  expect(await ask(handler, '/ready')).toMatchObject({
    status: 503,
    body: { ok: false, reasons: [{ kind: 'redis' }] },
  });
  expect(await ask(handler, '/fresh')).toMatchObject({ status: 503 });
  expect(await ask(handler, '/metrics')).toBeUndefined();
  expect(await ask(handler, '/toString')).toBeUndefined();
  await client.close();
  expect(await ask(handler, '/ready')).toMatchObject({ status: 503, body: { reasons: [{ kind: 'closed' }] } });
  expect(await ask(handler, '/live')).toMatchObject({ status: 200 });
  handler.close();
});

it('a reader whose Redis falls silent stays ready, and says that it may be stale, without a tenant in the answer', async () => {
  const url = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host: url.hostname, port: Number(url.port) } });
  const client = await createClient({
    redis: `redis://127.0.0.1:${proxy.port}`,
    heartbeatMs: 100,
    feedTimeoutMs: 1_000,
  });
  const handler = createHealthHandler({ client });
  const watching = client
    .tenant('acme-7')
    .watch(plans.by('id', { id: 1 }))
    .subscribe();
  await eventually(async () => expect(await ask(handler, '/fresh')).toMatchObject({ status: 200 }));
  proxy.set('silent');
  await eventually(async () => expect(await ask(handler, '/fresh')).toMatchObject({ status: 503 }));
  expect(await ask(handler, '/ready')).toMatchObject({ status: 200 });
  expect(JSON.stringify(await ask(handler, '/fresh'))).not.toContain('acme');
  watching.unsubscribe();
  await client.close();
  handler.close();
});
