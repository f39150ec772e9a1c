import type { AnyOrm } from '@tenantry/mikro-orm';
import { checkOptions, fn, LONGEST_TIMER_MS, optional, whole } from '@tenantry/protocol/internal';
import type { Client } from '@tenantry/sdk';
import { AskedMetrics } from './asked-metrics.ts';
import { CATALOGUE, type Metric, type MetricName } from './catalogue.ts';
import { CONTENT_TYPE, type Family, format, type Sample } from './exposition/format.ts';
import { loaderMetrics, type MeasuredLoader } from './loader-metrics.ts';
import { one, readerMetrics } from './reader-metrics.ts';
import { ToldMetrics } from './told-metrics.ts';

/** Options of `createMetrics`. */
export interface MetricsOptions {
  /** An ORM with the `tenantry` extension: adds what waits in the outbox and in write-backs. Default: what is asked of no server. */
  readonly orm?: AnyOrm | undefined;
  /** A client: adds what it says of its memory and of its feeds. Default: none. */
  readonly client?: Client | undefined;
  /** How many streams of server-sent events are open. Default: there are none. */
  readonly streams?: (() => number) | undefined;
  /** A loader of configuration files, made by `startLoader` of `@tenantry/loader`: adds what it says of its imports. Default: none. */
  readonly loader?: MeasuredLoader | undefined;
  /** How long a scrape may wait for the database and for Redis, in ms: what has not come by then is left out. Default 1,000. */
  readonly budgetMs?: number | undefined;
  /** Adds a label `tenant` where it helps: for the first `most` tenants that something happens to, and `other`. Default: no such label. */
  readonly tenantLabel?: { readonly most: number } | undefined;
}

/** The metrics of this process. */
export interface Metrics {
  /** For the header of an answer that has `text()`. */
  readonly contentType: string;
  /** All metrics, in the text format of Prometheus. Never rejects, and takes no longer than the budget. */
  text(): Promise<string>;
  /** Ends the counting. Idempotent. */
  close(): void;
}

/** Counts what the packages of this process do from now on. Make one for a process. Throws `INVALID_OPTION`. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const { orm, client, streams, loader, budgetMs, tenantLabel } = checkOptions<MetricsOptions, typeof RULES>(
    'createMetrics',
    options,
    RULES,
  );
  const told = new ToldMetrics(tenantLabel?.most);
  const asked = orm && new AskedMetrics(orm, budgetMs);
  return {
    contentType: CONTENT_TYPE,
    async text() {
      const waiting = asked?.samples();
      const samples = new Map<MetricName, Iterable<Sample>>([
        ...told.samples,
        ...(client ? readerMetrics(client) : []),
        ...(loader ? loaderMetrics(loader) : []),
        ...((await waiting) ?? []),
      ]);
      if (streams) samples.set('tenantry_event_streams', one(streams()));
      return format(familiesOf(samples));
    },
    close: () => told.close(),
  };
}

function* familiesOf(samples: ReadonlyMap<MetricName, Iterable<Sample>>): Iterable<Family> {
  for (const [name, { type, help }] of Object.entries<Metric>(CATALOGUE))
    yield { name, type, help, samples: samples.get(name as MetricName) ?? [] };
}

const MOST_TENANTS = 10_000;

const RULES = {
  orm: optional(
    'an ORM that was started with `tenantry`',
    orm => (orm as AnyOrm)?.config?.getExtension?.('@tenantry/mikro-orm') !== undefined,
  ),
  client: optional('a client, made by `createClient`', client => typeof (client as Client)?.stats === 'function'),
  streams: fn(),
  loader: optional(
    'a loader, made by `startLoader`',
    loader => typeof (loader as Partial<MeasuredLoader> | null)?.status?.imports === 'number',
  ),
  budgetMs: whole(1, LONGEST_TIMER_MS, 1_000),
  tenantLabel: optional(`\`{ most }\`, from 1 to ${MOST_TENANTS} tenants`, label => {
    const most = (label as { most?: unknown })?.most;
    return Number.isSafeInteger(most) && (most as number) >= 1 && (most as number) <= MOST_TENANTS;
  }),
};
