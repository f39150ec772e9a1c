import { gzipSync } from 'node:zlib';
import { eventually, startChromium } from '@tenantry/testing';
import type { Browser } from 'playwright-core';
import type { BenchContext } from '../../bench-context.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { inTurns } from '../../figures/in-turns.ts';
import { openBullBoard } from '../../peers/bull-board.ts';
import { openAdmin, plan, TOKEN } from './open-admin.ts';

/** A page, and what says that somebody can use it. */
interface Watched {
  readonly url: string;
  /** The first thing that takes what somebody types. */
  readonly input: string;
  /** Something of the data that it shows. */
  readonly row: string;
}

interface Load {
  readonly inputMs: number;
  readonly rowMs: number;
  readonly bytes: number;
}

/** What somebody waits for who opens the page for the first time, in a browser that has nothing of it. */
export async function benchFirstLoad(context: BenchContext): Promise<Figure[]> {
  await using admin = await openAdmin(context);
  for (let i = 0; i < 100; i++) await admin.store.tenant(`t${i}`).set(plan, { seats: i, name: 'x' });
  const board = await openBullBoard(context.redisUrl, context.prefix, 100);
  const browser = await startChromium();
  const ours: Watched = { url: `http://127.0.0.1:${admin.port}/`, input: 'main input[type=search]', row: 'tbody th a' };
  const theirs: Watched = {
    url: `${board.url}/queue/bench`,
    input: 'input[type=search]',
    row: 'a[href*="/queue/bench/"]',
  };
  const loads = { ours: [] as Load[], theirs: [] as Load[] };
  try {
    await inTurns(context.rounds(20), {
      ours: () => into(loads.ours, load(browser, ours)),
      theirs: () => into(loads.theirs, load(browser, theirs)),
    });
  } finally {
    await browser.close();
    await board.close();
  }
  const beside = (of: (load: Load) => number) => ({ 'bull-board': loads.theirs.map(of) });
  const row = (what: string, unit: 'ms' | 'bytes', budget: string, of: (load: Load) => number): Figure =>
    figure({ what, unit, budget }, loads.ours.map(of), beside(of));
  return [
    row('first load: until the first input can be used', 'ms', '≤ 1,000 ms', ({ inputMs }) => inputMs),
    row('first load: until the first row of data is there', 'ms', '', ({ rowMs }) => rowMs),
    row('first load: files of the page, compressed by gzip', 'bytes', '≤ 60,000 bytes', ({ bytes }) => bytes),
  ];
}

async function into(loads: Load[], loading: Promise<Load>): Promise<number> {
  const load = await loading;
  loads.push(load);
  return load.inputMs;
}

async function load(browser: Browser, { url, input, row }: Watched): Promise<Load> {
  // Nothing is kept from the time before.
  const context = await browser.newContext({ extraHTTPHeaders: { authorization: `Bearer ${TOKEN}` } });
  const page = await context.newPage();
  const files: Promise<number>[] = [];
  page.on('response', response => {
    const kind = response.request().resourceType();
    if (kind !== 'fetch' && kind !== 'xhr' && kind !== 'eventsource' && response.ok())
      files.push(response.body().then(body => gzipSync(body, { level: 9 }).length));
  });
  await page.addInitScript({ content: watch([input, row]) });
  await page.goto(url);
  await page.locator(row).first().waitFor();
  await page.locator(input).first().waitFor();
  const [inputMs, rowMs] = await eventually(async () => {
    const [one, other] = await page.evaluate<(number | null)[]>('globalThis.seen');
    if (typeof one !== 'number' || typeof other !== 'number') throw new Error(`${url} is not drawn yet`);
    return [one, other] as const;
  });
  const bytes = (await Promise.all(files)).reduce((sum, size) => sum + size, 0);
  await context.close();
  return { inputMs, rowMs, bytes };
}

/** Runs in the page: notes when each of these was there and the browser had nothing else to do, from the start of the navigation. */
const watch = (selectors: readonly string[]): string => `
  const selectors = ${JSON.stringify(selectors)};
  const waiting = new Set(selectors.keys());
  globalThis.seen = [];
  const observer = new MutationObserver(() => {
    for (const at of waiting) {
      if (document.querySelector(selectors[at]) === null) continue;
      waiting.delete(at);
      // Behind the frame that draws it, and the work that is queued.
      requestAnimationFrame(() => setTimeout(() => { globalThis.seen[at] = performance.now(); }));
    }
    if (waiting.size === 0) observer.disconnect();
  });
  observer.observe(document, { childList: true, subtree: true });`;
