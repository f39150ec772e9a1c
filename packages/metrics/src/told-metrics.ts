import type { FindingKind } from '@tenantry/mikro-orm';
import type { Tenant } from '@tenantry/protocol';
import { hear, type PublishSignal } from '@tenantry/redis';
import type { MetricName } from './catalogue.ts';
import { BoundedTenants } from './exposition/bounded-tenants.ts';
import { Counter } from './exposition/counter.ts';
import type { Sample } from './exposition/format.ts';
import { Histogram } from './exposition/histogram.ts';

/** Each kind of finding there is. */
const FINDINGS: Readonly<Record<FindingKind, true>> = {
  ...{ missing: true, stale: true, orphan: true, foreign: true, unknown: true, ahead: true, unpublishable: true },
};

/** What the channels of this process tell, counted. */
export class ToldMetrics {
  readonly #tenants: BoundedTenants | undefined;
  readonly #commits = new Counter();
  readonly #publishes = new Histogram('by');
  readonly #published: Counter;
  readonly #publishFailures = new Counter(['by', 'code']);
  readonly #relays = new Histogram();
  readonly #relayed = new Counter();
  readonly #dead = new Counter(['what'], ['row', 'letter']);
  readonly #fills = new Counter();
  readonly #filled = new Counter();
  readonly #audits = new Counter(['complete'], ['true', 'false']);
  readonly #findings = new Counter(['kind'], Object.keys(FINDINGS));
  readonly #auditRepairs = new Counter();
  readonly #writeBacks = new Histogram();
  readonly #flushed: Counter;
  readonly #flushFailures = new Counter(['code']);
  readonly #messages: Counter;
  readonly #end: () => void;

  constructor(mostTenants: number | undefined) {
    this.#tenants = mostTenants === undefined ? undefined : new BoundedTenants(mostTenants);
    const tenant = this.#tenants ? ['tenant'] : [];
    this.#published = new Counter(['by', ...tenant]);
    this.#flushed = new Counter(tenant);
    this.#messages = new Counter(tenant);
    this.#end = hear({
      commit: () => this.#commits.add(1),
      publish: signal => this.#publish(signal),
      defer: ({ code }) => this.#publishFailures.add(1, 'commit', code),
      relay: ({ published, ms, code }) => {
        this.#relays.observe(ms);
        this.#relayed.add(published);
        if (code !== undefined) this.#publishFailures.add(1, 'relay', code);
      },
      dead: ({ what }) => this.#dead.add(1, what),
      fill: ({ rows }) => {
        this.#fills.add(1);
        this.#filled.add(rows);
      },
      audit: ({ found, repaired, complete }) => {
        this.#audits.add(1, String(complete));
        this.#auditRepairs.add(repaired);
        for (const [kind, count] of Object.entries(found)) this.#findings.add(count, kind);
      },
      'write-back': ({ tenant, flushed, ms, code }) => {
        this.#writeBacks.observe(ms);
        if (code !== undefined) this.#flushFailures.add(1, code);
        else if (tenant !== undefined) this.#flushed.add(flushed, ...this.#labelOf(tenant));
      },
      apply: ({ tenant }) => this.#messages.add(1, ...this.#labelOf(tenant)),
    });
  }

  /** The values of this moment. */
  get samples(): ReadonlyMap<MetricName, Iterable<Sample>> {
    return new Map<MetricName, Iterable<Sample>>([
      ['tenantry_commits_total', this.#commits.samples()],
      ['tenantry_publish_seconds', this.#publishes.samples()],
      ['tenantry_published_records_total', this.#published.samples()],
      ['tenantry_publish_failures_total', this.#publishFailures.samples()],
      ['tenantry_relay_seconds', this.#relays.samples()],
      ['tenantry_relayed_changes_total', this.#relayed.samples()],
      ['tenantry_dead_total', this.#dead.samples()],
      ['tenantry_fills_total', this.#fills.samples()],
      ['tenantry_filled_rows_total', this.#filled.samples()],
      ['tenantry_audits_total', this.#audits.samples()],
      ['tenantry_audit_findings_total', this.#findings.samples()],
      ['tenantry_audit_repairs_total', this.#auditRepairs.samples()],
      ['tenantry_write_back_seconds', this.#writeBacks.samples()],
      ['tenantry_write_back_flushed_total', this.#flushed.samples()],
      ['tenantry_write_back_failures_total', this.#flushFailures.samples()],
      ['tenantry_feed_messages_total', this.#messages.samples()],
    ]);
  }

  close(): void {
    this.#end();
  }

  #publish({ by, records, ms, code }: PublishSignal): void {
    this.#publishes.observe(ms, by);
    // Of a commit it is told as left to the relay.
    if (code !== undefined && by === 'relay') this.#publishFailures.add(1, by, code);
    if (!this.#tenants) this.#published.add(records.length, by);
    else for (const { tenant } of records) this.#published.add(1, by, ...this.#labelOf(tenant));
  }

  #labelOf(tenant: Tenant): readonly string[] {
    return this.#tenants ? [this.#tenants.nameOf(tenant)] : [];
  }
}
