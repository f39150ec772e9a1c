import { eventually, startFaultProxy, testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { openCliLab, tenantry } from '../../cli.fixture.ts';

it('while Redis is away the database is shown, and what may be behind is marked, with for whom', async () => {
  const target = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host: target.hostname, port: Number(target.port) } });
  [target.hostname, target.port] = ['127.0.0.1', String(proxy.port)];
  await using lab = await openCliLab({
    system: { redisUrl: target.href },
    client: { readTimeoutMs: 200, feedTimeoutMs: 200 },
  });
  const run = async (...words: string[]) => {
    const { code, out, err } = await tenantry(words, { env: { TENANTRY_URL: lab.url } });
    expect([code, err]).toEqual([0, '']);
    return out;
  };
  await run('set', 'acme', 'mode', '"off"');
  // The client's time for Redis is short: a busy machine makes it late now and then.
  await eventually(async () => expect(await run('list', 'acme')).not.toContain('stale'));
  proxy.set('refuse');
  await run('set', 'acme', 'mode', '"on"');
  await eventually(async () => expect(await run('list', 'acme')).toMatch(/mode +set, stale .*"on"/));
  expect(await run('get', 'acme', 'mode')).toMatch(/stale +readers may not have it yet/);
  expect(await run('get', 'acme', 'later')).toMatch(/stale +a server does not answer: a newer value may stand/);
  proxy.set('pass');
});
