import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createPage } from '@tenantry/admin-ui';
import { type AnyConfig, defineConfig } from '@tenantry/protocol';
import { startChromium } from '@tenantry/testing';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { z } from 'zod';
import { buildPageForTest } from '../../../admin-ui/src/built-page.fixture.ts';
import { CANARY, type Lab, openLab } from '../admin.fixture.ts';
import type { Auth } from '../auth/auth.ts';
import { trustedHeader } from '../auth/trusted-header.ts';
import { listen } from '../listener/listen.ts';
import type { Answers } from '../listener/respond.ts';

export { CANARY };

/** A browser takes what it can get of the machine: what the page shows must not depend on budgets. */
export const PATIENT = { cacheTimeout: '30s', databaseTimeout: '30s' } as const;

export const limits = defineConfig({
  ...PATIENT,
  name: 'limits',
  schema: z.object({
    seats: z.number().int().min(0).max(100_000).describe('How many people may sign in.'),
    plan: z.enum(['free', 'team', 'enterprise']).optional(),
    beta: z.boolean().optional(),
    note: z.string().nullable().optional(),
    hosts: z.array(z.string()).optional(),
    labels: z.record(z.string(), z.string()).optional(),
    // What JSON Schema cannot say, only the server finds.
    ratio: z
      .number()
      .refine(ratio => ratio !== 13, 'brings bad luck')
      .optional(),
  }),
  default: { seats: 3 },
  inherit: 'merge',
  group: 'billing',
});
export const checkout = defineConfig({
  ...PATIENT,
  name: 'checkout',
  schema: z.discriminatedUnion(
    'kind',
    Array.from({ length: 80 }, (_, i) =>
      z.object({ kind: z.literal(`way-${i}`), account: z.string(), region: z.string().default('eu') }),
    ) as never,
  ),
  inherit: 'replace',
  group: 'billing',
});
export const smtp = defineConfig({
  ...PATIENT,
  name: 'smtp',
  schema: z.object({ host: z.string(), password: z.string() }),
  secret: true,
  inherit: 'replace',
  group: 'mail',
});
export const released = defineConfig({
  ...PATIENT,
  name: 'released',
  // No JSON Schema can say it.
  schema: z.custom<string>(value => typeof value === 'string'),
  group: 'ui',
});
export const banner = defineConfig({ ...PATIENT, name: 'banner', schema: z.string(), group: 'ui' });
const CONFIGS: readonly AnyConfig[] = [limits, checkout, smtp, released, banner];

/** A real admin with its page, and a real browser that looks at it. */
export interface PageLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly url: string;
  readonly browser: Browser;
  /** Somebody's browser: what it shows, asks and complains of. */
  visit(user: string, options?: BrowserContextOptions): Promise<Visit>;
}

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Every address that the browser asked. */
  readonly requests: string[];
  /** Errors of the page, and what its policy forbade. */
  readonly complaints: string[];
  open(path: string): Promise<void>;
  /** What axe finds wrong. */
  violations(): Promise<string[]>;
  /** Keeps what is shown in the folder `TENANTRY_SCREENSHOTS`, where there is one. */
  keep(name: string): Promise<void>;
}

export interface PageLabOptions {
  /** Answers some requests itself, before the admin does. */
  readonly front?: (request: Request) => Response | undefined;
  readonly configs?: readonly AnyConfig[];
  /** Made for the address at which it listens. Default: whoever the browser says. */
  readonly authAt?: (url: string) => Auth | Promise<Auth>;
  /** It only shows. */
  readonly readOnly?: boolean;
}

export async function openPageLab(options: PageLabOptions = {}): Promise<PageLab> {
  const { front, configs = CONFIGS, authAt, readOnly = false } = options;
  const built = buildPageForTest();
  const opening = Promise.withResolvers<Lab>();
  const answers: Answers = async (request, connection) =>
    front?.(request) ?? (await opening.promise).admin.fetch(request, connection);
  // First: a port that is only looked for may be another one's a moment later.
  const bounds = { requestTimeoutMs: 60_000, closeTimeoutMs: 0 };
  const listening = await listen(answers, { port: 0, host: '127.0.0.1' }, bounds);
  const { url } = listening;
  const auth = (await authAt?.(url)) ?? trustedHeader({ header: 'x-user', from: ['127.0.0.1', '::1'] });
  const [lab, browser] = await Promise.all([
    openLab({
      configs,
      admin: {
        auth,
        page: createPage({ folder: built.folder }),
        readOnly,
      },
    }),
    startChromium(),
  ]);
  opening.resolve(lab);
  return {
    ...{ lab, url, browser },
    visit: (user, options) => visit(browser, url, user, options),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await listening.close();
      await lab[Symbol.asyncDispose]();
      built.remove();
    },
  };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function visit(browser: Browser, url: string, user: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ extraHTTPHeaders: { 'x-user': user }, ...options });
  const requests: string[] = [];
  const complaints: string[] = [];
  context.on('request', request => requests.push(request.url()));
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.PAGE_MS ?? 120_000));
  page.on('pageerror', error => complaints.push(error.message));
  page.on('console', message => {
    if (/content security policy|refused to/i.test(message.text())) complaints.push(message.text());
  });
  return {
    ...{ page, context, requests, complaints },
    async open(path) {
      await page.goto(new URL(path, url).href);
      await page.waitForSelector('main h1, main .problem');
    },
    violations: () => violationsOf(page),
    async keep(name) {
      const folder = process.env.TENANTRY_SCREENSHOTS;
      if (folder)
        await page.screenshot({ path: `${folder}/${name.replaceAll(/\W+/g, '-')}.png`, animations: 'disabled' });
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

async function violationsOf(page: Page): Promise<string[]> {
  await bringAxe(page);
  // A colour on its way to another one has the contrast of neither.
  await page.evaluate('Promise.allSettled(document.getAnimations().map(each => each.finished)).then(() => undefined)');
  return page.evaluate(async () => {
    interface Found {
      violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[];
    }
    const { axe: engine } = globalThis as unknown as { axe: { run(options: object): Promise<Found> } };
    // All rules run. Of what is in order it collects no places: that took as long as to look.
    const { violations } = await engine.run({ resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
    );
  });
}

const bringsAxe = new WeakSet<BrowserContext>();

/** It is half a megabyte: a browser that has asked for it once has it on each page that comes. */
async function bringAxe(page: Page): Promise<void> {
  const context = page.context();
  if (!bringsAxe.has(context)) await context.addInitScript(axe);
  bringsAxe.add(context);
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe);
}
