import type { AnyOrm, Replication, WriteBack } from '@tenantry/mikro-orm';
import { within } from '@tenantry/redis';
import type { MetricName } from './catalogue.ts';
import { Counter } from './exposition/counter.ts';
import type { Sample } from './exposition/format.ts';
import { one } from './reader-metrics.ts';

const DEAD_LETTERS = { most: 1_000, everyMs: 60_000 };

/** What must be asked: the database and Redis, each within the budget. What cannot be had is left out, and counted. */
export class AskedMetrics {
  readonly #replication: Replication;
  readonly #writeBack: WriteBack;
  readonly #budgetMs: number;
  readonly #failures = new Counter(['of'], ['database', 'redis', 'dead letters']);
  /** A question that is not answered yet is not asked once more: scrapes must not pile up before a server that is away. */
  readonly #pending = new Map<string, Promise<ReadonlyMap<MetricName, Iterable<Sample>>>>();
  #letters: { readonly count: number; readonly at: number } | undefined;

  constructor(orm: AnyOrm, budgetMs: number) {
    this.#replication = orm.config.getExtension('@tenantry/mikro-orm') as Replication;
    this.#writeBack = orm.config.getExtension('@tenantry/mikro-orm/write-back') as WriteBack;
    this.#budgetMs = budgetMs;
  }

  async samples(): Promise<ReadonlyMap<MetricName, Iterable<Sample>>> {
    const found = await Promise.all([
      this.#ask('database', () => this.#outbox()),
      this.#ask('redis', () => this.#writeBacks()),
      this.#ask('dead letters', () => this.#deadLetters()),
    ]);
    return new Map([
      ...found.flatMap(some => [...(some ?? [])]),
      ['tenantry_scrape_failures_total', this.#failures.samples()],
    ]);
  }

  async #ask(
    of: string,
    question: () => Promise<ReadonlyMap<MetricName, Iterable<Sample>>>,
  ): Promise<ReadonlyMap<MetricName, Iterable<Sample>> | undefined> {
    let asked = this.#pending.get(of);
    if (!asked) {
      asked = question().finally(() => this.#pending.delete(of));
      this.#pending.set(of, asked);
      // Nobody may wait for it any more when it fails.
      asked.catch(() => undefined);
    }
    try {
      return await within(this.#budgetMs, 'A scrape', asked);
    } catch {
      this.#failures.add(1, of);
      return undefined;
    }
  }

  async #outbox(): Promise<ReadonlyMap<MetricName, Iterable<Sample>>> {
    const { waiting, dead } = await this.#replication.backlog();
    const since = await this.#replication.oldestWaiting();
    return new Map([
      ['tenantry_outbox_changes', one(waiting)],
      ['tenantry_outbox_oldest_seconds', one(this.#age(since))],
      ['tenantry_dead_rows', one(dead)],
    ]);
  }

  async #writeBacks(): Promise<ReadonlyMap<MetricName, Iterable<Sample>>> {
    const { tenants, since } = await this.#writeBack.waiting();
    return new Map([
      ['tenantry_write_back_tenants', one(tenants)],
      ['tenantry_write_back_oldest_seconds', one(this.#age(since))],
    ]);
  }

  /** Redis is searched for them: not at each scrape. */
  async #deadLetters(): Promise<ReadonlyMap<MetricName, Iterable<Sample>>> {
    const now = performance.now();
    if (!this.#letters || now - this.#letters.at > DEAD_LETTERS.everyMs)
      this.#letters = { count: (await this.#writeBack.deadLetters(DEAD_LETTERS.most)).length, at: now };
    return new Map([['tenantry_dead_letters', one(this.#letters.count)]]);
  }

  #age(since: Date | undefined): number {
    return since ? Math.max(0, this.#replication.now() - since.getTime()) / 1_000 : 0;
  }
}
