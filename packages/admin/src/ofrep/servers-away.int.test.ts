import { OpenFeature } from '@openfeature/server-sdk';
import { OpenFeature as WebOpenFeature } from '@openfeature/web-sdk';
import { eventually, startFaultProxy, testServers } from '@tenantry/testing';
import { afterAll, expect, it } from 'vitest';
import { heal } from '../../../sdk/src/faulty-world.fixture.ts';
import { openLab } from '../admin.fixture.ts';
import { trustedHeader } from '../auth/trusted-header.ts';
import { createAdmin } from '../create-admin.ts';
import { ANN, about, amount, call, FLAGS, serverFlags, setFlags, text, webFlags } from './ofrep.fixture.ts';

afterAll(async () => {
  await OpenFeature.close();
  await WebOpenFeature.close();
});

it('without Redis flags have the values that were known, say so, and differ once: not each time that they are older', async () => {
  const { hostname: host, port } = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host, port: Number(port) } });
  await using lab = await openLab({ configs: FLAGS, client: { redis: `redis://127.0.0.1:${proxy.port}` } });
  await setFlags(lab);
  await lab.give(ANN);
  const { url } = await lab.admin.listen(0);
  const server = await serverFlags(url);
  const web = await webFlags(url, { changeDetection: 'polling', pollInterval: 50 });
  await eventually(() => web.flags.getStringDetails('text', '').reason === 'STATIC');

  proxy.set('refuse');
  await eventually(async () => (await server.getStringDetails('text', '')).reason === 'STALE');
  expect(await server.getStringDetails('text', '')).toMatchObject({
    ...{ value: 'hi', variant: 'v1', flagMetadata: { ageMs: expect.any(Number), scope: 'tenants/acme' } },
  });
  await eventually(() => web.flags.getStringDetails('text', '').reason === 'STALE');
  expect(web.flags.getStringDetails('text', '')).toMatchObject({ value: 'hi', flagMetadata: { version: 1 } });
  // Also those that come from other scopes, whose feeds are not found silent at the same moment.
  const first = await eventually(async () => {
    const all = await call(url, '', about('acme'));
    const reasons: string[] = all.body.flags
      .filter((flag: object) => 'reason' in flag)
      .map((flag: { reason: string }) => flag.reason);
    expect(new Set(reasons)).toEqual(new Set(['STALE']));
    return all;
  });
  const age = async () => (await call(url, '/text', about('acme'))).body.metadata.ageMs;
  const before = await age();
  await eventually(async () => (await age()) > before);
  expect((await call(url, '', about('acme'), { 'if-none-match': first.etag })).status).toBe(304);

  await heal(proxy);
  await eventually(() => web.flags.getStringDetails('text', '').reason === 'STATIC');
  expect(web.told).toEqual([]);
});

it('flags that nobody has read yet are no answer without Redis: a browser keeps what it has', async () => {
  const { hostname: host, port } = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host, port: Number(port) } });
  const client = { redis: `redis://127.0.0.1:${proxy.port}`, readTimeoutMs: 300 };
  const configs = [text, amount];
  await using lab = await openLab({ configs, client });
  await lab.give({ ...ANN, scope: 'tenants/*' });
  const { url } = await lab.admin.listen(0);
  proxy.set('refuse');
  const all = await call(url, '', about('new'));
  expect([all.status, all.headers.get('retry-after')]).toEqual([503, '1']);
  const one = await call(url, '/text', about('new'));
  expect(one).toMatchObject({ status: 500, body: { key: 'text', errorCode: 'GENERAL' } });
});

it('a closed admin leaves callers with their defaults and browsers with their flags, and the next one goes on with their streams', async () => {
  const options = { ofrep: { streamSecret: 'x'.repeat(32) } };
  await using lab = await openLab({ configs: FLAGS, admin: options });
  await setFlags(lab);
  await lab.give(ANN);
  const listening = await lab.admin.listen(0);
  const server = await serverFlags(listening.url);
  const web = await webFlags(listening.url);
  expect(web.flags.getStringValue('text', 'own')).toBe('hi');
  await lab.admin.close();
  expect(await server.getStringDetails('text', 'own')).toMatchObject({ value: 'own', reason: 'ERROR' });
  await eventually(() => web.told.includes('STALE'));
  expect(web.flags.getStringValue('text', 'own')).toBe('hi');
  expect((await lab.admin.fetch(new Request('http://localhost/ofrep/v1/evaluate/flags'))).status).toBe(503);

  await using next = await createAdmin({
    ...{ orm: lab.system.orm, client: lab.client, ...options },
    auth: trustedHeader({ header: 'x-user', from: ['127.0.0.1'] }),
  });
  await lab.store.tenant('acme').set(text, 'changed meanwhile');
  await next.listen(listening.port);
  await eventually(() => web.flags.getStringValue('text', 'own') === 'changed meanwhile');
  expect(web.changed).toEqual([['text']]);
});
