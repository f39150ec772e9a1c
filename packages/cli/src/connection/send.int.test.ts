import { expect, it } from 'vitest';
import { lab, tenantry, useCliLab } from '../cli.fixture.ts';
import { startWriteProxy } from '../write-proxy.fixture.ts';

useCliLab();

it('a server is asked again for what is read, when it says so, and never for what is written', async () => {
  const busy = { status: 503, code: 'UNAVAILABLE', detail: 'Not now.', retryable: true };
  let failures = 2;
  const writes: string[] = [];
  await using proxy = await startWriteProxy(lab.url, {
    ...{ mayWrite: true },
    answers: path => {
      if (path !== '/api/v1/me' && path !== '/api/v1/grants') return undefined;
      if (path === '/api/v1/grants') writes.push(path);
      else if (failures-- <= 0) return undefined;
      return Response.json(busy, { status: 503, headers: { 'retry-after': '0' } });
    },
  });
  const env = { TENANTRY_URL: proxy.url };
  expect(await tenantry(['me'], { env })).toMatchObject({ code: 0, err: '' });
  expect(await tenantry(['grants', 'give', 'user:x', 'view', 'global'], { env })).toMatchObject({ code: 1 });
  expect(writes).toHaveLength(1);
});

it('a server is asked again where a proxy says that there are too many calls, and not sooner than it says, whatever clock it has', async () => {
  const began = Date.now();
  const asked: number[] = [];
  // Its clock is an hour behind.
  const date = new Date(began - 3_600_000);
  const headers = { date: date.toUTCString(), 'retry-after': new Date(date.getTime() + 2_000).toUTCString() };
  await using proxy = await startWriteProxy(lab.url, {
    answers: path => {
      if (path !== '/api/v1/me') return undefined;
      asked.push(Date.now());
      return asked.length === 1 ? new Response('<h1>slow down</h1>', { status: 429, headers }) : undefined;
    },
  });
  expect(await tenantry(['me'], { env: { TENANTRY_URL: proxy.url } })).toMatchObject({ code: 0, err: '' });
  expect((asked[1] as number) - (asked[0] as number)).toBeGreaterThanOrEqual(1_900);
});

it('the program says how long a proxy asks to wait, where that is too long to wait for', async () => {
  await using proxy = await startWriteProxy(lab.url, {
    answers: () => new Response('slow down', { status: 429, headers: { 'retry-after': '120' } }),
  });
  const { code, err } = await tenantry(['me'], { env: { TENANTRY_URL: proxy.url } });
  expect([code, err]).toEqual([1, expect.stringMatching(/UNKNOWN_ANSWER: The server answered 429.* wait 120 s\./)]);
  expect(proxy.requests).toHaveLength(1);
});
