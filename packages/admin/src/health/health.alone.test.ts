import { createHash } from 'node:crypto';
import { eventually, freshDatabase, startFaultProxy, startRedisServer } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { createTables } from '../../../mikro-orm/src/create-tables.fixture.ts';
import { CANARY, type Lab, openLab, seats, secret } from '../admin.fixture.ts';

async function ask(lab: Lab, path: string, headers: Record<string, string> = {}, address = '10.1.2.3') {
  const startedAt = performance.now();
  const response = await lab.admin.fetch(new Request(`http://localhost${path}`, { headers }), { address });
  const text = await response.text();
  return { status: response.status, text, ms: performance.now() - startedAt };
}

const statuses = async (lab: Lab) => {
  const answers = await Promise.all(['/live', '/ready', '/fresh'].map(path => ask(lab, path)));
  return answers.map(({ status }) => status);
};

describe('health', () => {
  it('without Redis is live and ready with what it has, and says that it may be stale; without the database it is all three', async () => {
    // B30
    await using redisServer = await startRedisServer();
    await using database = await freshDatabase();
    const url = new URL(database.url);
    await using toDatabase = await startFaultProxy({ target: { host: url.hostname, port: Number(url.port) } });
    url.hostname = '127.0.0.1';
    url.port = String(toDatabase.port);
    await using lab = await openLab({
      system: { database, redisServer: redisServer.url, orm: { clientUrl: url.href } },
      client: { redis: redisServer.url },
      admin: { metrics: { public: true } },
    });
    await createTables(lab.system.orm, database);
    await lab.store.tenant('acme').set(seats, { seats: 3 });
    await lab.store.tenant('acme').set(secret, { key: `${CANARY}-k`, list: [] });
    await lab.client.tenant('acme').get(seats);
    await eventually(async () => expect(await statuses(lab)).toEqual([200, 200, 200]));

    await redisServer.kill();
    await eventually(async () => expect(await statuses(lab)).toEqual([200, 200, 503]));
    // The two connections of a client notice it one after the other.
    const fresh = await eventually(async () => {
      const answer = await ask(lab, '/fresh');
      const { ok, reasons } = JSON.parse(answer.text);
      const away = expect.objectContaining({ kind: 'redis', why: 'there is no connection to Redis' });
      expect([ok, reasons]).toEqual([false, expect.arrayContaining([away])]);
      return answer;
    });
    expect(fresh.text).not.toMatch(/acme|canary/);
    // A scrape leaves out what has not come within its budget, on a busy machine also of a database that is there.
    const metrics = await eventually(async () => {
      const answer = await ask(lab, '/metrics');
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('tenantry_outbox_changes')]);
      return answer;
    });
    expect(metrics.text).not.toContain('tenantry_write_back_tenants');
    expect(metrics.text).toContain('tenantry_feed_connected 0');
    expect(metrics.text).not.toMatch(/acme|canary/);
    await redisServer.start();
    // It has lost its data: what readers show is fresh once it is filled again.
    await eventually(async () => {
      await lab.system.replication.fillIfEmpty();
      expect(await statuses(lab)).toEqual([200, 200, 200]);
    });

    for (const mode of ['stall', 'refuse'] as const) {
      toDatabase.set(mode);
      expect(await statuses(lab)).toEqual([200, 200, 200]);
      const without = await ask(lab, '/metrics');
      expect(without.text).not.toContain('tenantry_outbox_changes');
      expect(without.text).toMatch(/tenantry_scrape_failures_total\{of="database"\} [1-9]/);
      toDatabase.set('pass');
      await eventually(async () => expect((await ask(lab, '/metrics')).text).toContain('tenantry_outbox_changes'));
    }
  }, 180_000);
});

describe('who may read the metrics', () => {
  it('is this machine alone, and nobody by way of a proxy', async () => {
    await using lab = await openLab();
    expect((await ask(lab, '/metrics', {}, '127.0.0.1')).status).toBe(200);
    expect((await ask(lab, '/metrics', {}, '::1')).status).toBe(200);
    expect((await ask(lab, '/metrics', {}, '10.0.0.1')).status).toBe(404);
    for (const name of [
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'forwarded',
      'via',
      'x-real-ip',
      'cf-connecting-ip',
    ])
      expect((await ask(lab, '/metrics', { [name]: '10.0.0.1' }, '127.0.0.1')).status).toBe(404);
    expect((await lab.admin.fetch(new Request('http://localhost/metrics'))).status).toBe(404);
    expect((await lab.admin.fetch(new Request('http://localhost/live', { method: 'POST' }))).status).toBe(405);
    const head = await lab.admin.fetch(new Request('http://localhost/ready', { method: 'HEAD' }));
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('is whoever has the token, where one is configured', async () => {
    const token = 'a-token-for-prometheus-of-27';
    const sha256 = createHash('sha256').update(token).digest('hex');
    await using lab = await openLab({ admin: { metrics: { token: { sha256 } }, basePath: '/admin' } });
    expect((await ask(lab, '/admin/metrics', { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await ask(lab, '/admin/metrics', { authorization: 'Bearer another' })).status).toBe(401);
    expect((await ask(lab, '/admin/metrics', {}, '127.0.0.1')).status).toBe(401);
    expect((await ask(lab, '/admin/fresh')).status).toBe(200);
    expect((await ask(lab, '/metrics')).status).toBe(404);
  });

  it.each([
    [{ public: 1 }],
    [{ open: true }],
    [{ token: {} }],
    [{ public: true, token: { sha256: 'a'.repeat(64) } }],
    [{ tenantLabel: { most: 0 } }],
    [true],
  ])('is refused to be %j', async metrics => {
    await expect(openLab({ admin: { metrics: metrics as never } })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
