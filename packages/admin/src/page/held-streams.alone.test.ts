import { type FaultProxy, startFaultProxy } from '@tenantry/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { banner, openPageLab, type PageLab } from './page-lab.fixture.ts';

const HELD = 'x-comes-from-the-proxy';

let lab: PageLab;
/** Between the admin and the browser, for streams alone. */
let proxy: FaultProxy;

/** As a proxy that collects bodies: the headers are there at once, and the body is when it lets it go. */
function throughProxy(request: Request): Response | undefined {
  const { pathname } = new URL(request.url);
  if (!pathname.endsWith('/events') || request.headers.has(HELD)) return undefined;
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const headers = new Headers({ 'x-user': 'root', [HELD]: '1' });
  const lastId = request.headers.get('last-event-id');
  if (lastId !== null) headers.set('last-event-id', lastId);
  fetch(`http://${proxy.host}:${proxy.port}${pathname}`, { headers, signal: request.signal })
    .then(({ body }) => body?.pipeTo(writable))
    // The browser or the proxy has ended it.
    .catch(() => {});
  return new Response(readable, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
}

beforeAll(async () => {
  lab = await openPageLab({ front: throughProxy });
  const { hostname: host, port } = new URL(lab.url);
  proxy = await startFaultProxy({ target: { host, port: Number(port) } });
});
afterAll(async () => {
  await proxy?.close();
  await lab?.[Symbol.asyncDispose]();
});

const TWO_HEARTBEATS_MS = 31_000;

// B16
it('a stream that never sends a byte is polled instead, and taken when it comes', async () => {
  proxy.set('stall');
  await using visit = await lab.visit('root');
  const { page } = visit;
  await visit.open('/tenants/held');
  await page.getByText('polling', { exact: true }).waitFor();
  await lab.lab.store.tenant('held').set(banner, 'came by itself');
  await page.getByText('came by itself').waitFor();
  proxy.set('pass');
  await page.getByText('live', { exact: true }).waitFor();
});

it('a stream that stands, and is held back later, is polled after two heartbeats; and another one is taken', async () => {
  proxy.set('pass');
  const configs = lab.lab.store.tenant('later');
  await configs.set(banner, 'first');
  await using visit = await lab.visit('root');
  const { page } = visit;
  // The page's time, not ours: what is promised of seconds takes none.
  await page.clock.install();
  await visit.open('/tenants/later');
  await page.getByText('live', { exact: true }).waitFor();
  proxy.set('stall');
  await configs.set(banner, 'second');
  await page.clock.fastForward(TWO_HEARTBEATS_MS);
  await page.getByText('polling', { exact: true }).waitFor();
  await page.getByText('second').waitFor();
  proxy.set('pass');
  await page.clock.fastForward(TWO_HEARTBEATS_MS);
  await page.getByText('live', { exact: true }).waitFor();
  await configs.set(banner, 'third');
  await page.getByText('third').waitFor();
  expect(visit.complaints).toEqual([]);
});
