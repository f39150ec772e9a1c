import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { banner, limits, openPageLab, type PageLab } from './page-lab.fixture.ts';

/** The streams of scopes, as they are open now. */
class Streams {
  readonly #open = new Map<string, Set<ReadableStreamDefaultController<Uint8Array>>>();
  /** As the server does it: a stream that says nothing is taken for one that leads nowhere. */
  readonly #heart = setInterval(() => this.#write(': \n\n', [...this.#open.keys()]), 5_000);
  #seq = 0;
  /** How many streams were ever opened. */
  opened = 0;

  answer(request: Request): Response | undefined {
    const scope = /^\/api\/v1\/(.+)\/events$/.exec(new URL(request.url).pathname)?.[1];
    if (scope === undefined) return undefined;
    const of = this.#open.get(scope) ?? new Set();
    this.#open.set(scope, of);
    let mine: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: controller => {
        mine = controller;
        of.add(controller);
        this.opened++;
        controller.enqueue(new TextEncoder().encode('retry: 500\nevent: ready\ndata: {}\n\n'));
      },
      cancel: () => void of.delete(mine as ReadableStreamDefaultController<Uint8Array>),
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
  }

  count(scope: string): number {
    return this.#open.get(scope)?.size ?? 0;
  }

  tell(scope: string, config: string, version: number): void {
    const data = JSON.stringify({ scope, config, version, kind: 'set' });
    const text = `event: change\nid: epoch-${++this.#seq}\ndata: ${data}\n\n`;
    this.#write(text, [scope]);
  }

  close(): void {
    clearInterval(this.#heart);
  }

  #write(text: string, scopes: readonly string[]): void {
    const bytes = new TextEncoder().encode(text);
    for (const scope of scopes) for (const stream of this.#open.get(scope) ?? []) stream.enqueue(bytes);
  }
}

const streams = new Streams();
let lab: PageLab;
beforeAll(async () => {
  lab = await openPageLab({ front: request => streams.answer(request) });
});
afterAll(async () => {
  streams.close();
  await lab?.[Symbol.asyncDispose]();
});

const store = () => lab.lab.store;

// B13
it('ten tabs of one browser follow a scope over one stream, and go on when the tab that has it is closed', async () => {
  await store().tenant('tabs').set(banner, 'first');
  await using visit = await lab.visit('root');
  const address = new URL('/tenants/tabs', lab.url).href;
  const pages = await Promise.all(Array.from({ length: 10 }, () => visit.context.newPage()));
  for (const page of pages) await page.goto(address);
  for (const page of pages) await page.getByText('live', { exact: true }).waitFor();
  await eventually(() => expect(streams.count('tenants/tabs')).toBe(1));
  await store().tenant('tabs').set(banner, 'second');
  streams.tell('tenants/tabs', 'banner', 2);
  for (const page of pages) await page.getByText('second').waitFor();
  const [leader, ...others] = pages;
  const before = streams.opened;
  await leader?.close();
  // Another one, and not the one of the tab that was closed.
  await eventually(() => expect([streams.opened, streams.count('tenants/tabs')]).toEqual([before + 1, 1]));
  await store().tenant('tabs').set(banner, 'third');
  streams.tell('tenants/tabs', 'banner', 3);
  for (const page of others) await page.getByText('third').waitFor();
});

it('a change that arrives says so, and takes nothing from a form that is being filled in', async () => {
  const configs = store().tenant('draft');
  await configs.set(limits, { seats: 1 });
  await using visit = await lab.visit('root');
  const { page } = visit;
  await visit.open('/tenants/draft/configs/limits');
  await page.getByText('live', { exact: true }).waitFor();
  const seats = page.locator('[id="field/seats"]');
  await seats.fill('77');
  await configs.set(limits, { seats: 2, note: 'theirs' }, { actor: 'bob' });
  streams.tell('tenants/draft', 'limits', 2);
  await page.getByText('v2 arrived').waitFor();
  expect(await seats.inputValue()).toBe('77');
  expect(await page.evaluate('document.activeElement.id')).toBe('field/seats');
});
