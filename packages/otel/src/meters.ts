import type { Meter } from '@opentelemetry/api';
import { hear } from '@tenantry/redis';

/** What the channels tell, as metrics. Their names are those of docs/reference/metrics.md in the spelling of OpenTelemetry. */
export class Meters {
  readonly #end: () => void;

  constructor(meter: Meter) {
    const counter = (name: string, description: string) => meter.createCounter(`tenantry.${name}`, { description });
    const seconds = (name: string, description: string) =>
      meter.createHistogram(`tenantry.${name}`, { description, unit: 's' });
    const commits = counter('commits', 'Transactions with replicated changes that were committed');
    const publishes = seconds('publish.duration', 'How long publishes took');
    const records = counter('published.records', 'Records that were brought into Redis');
    const failures = counter('publish.failures', 'Publishes that failed, or were left to the relay');
    const relays = seconds('relay.duration', 'How long runs of the relay took');
    const dead = counter('dead', 'Changes and write-backs that were given up on');
    const findings = counter('audit.findings', 'What audits found');
    const writeBacks = seconds('write_back.duration', 'How long flushes of write-backs took');
    const flushed = counter('write_back.flushed', 'Values that were brought from Redis into the database');
    const messages = counter('feed.messages', 'Messages of feeds that were taken into memory');
    const lag = seconds('feed.lag', 'How long changes took from the commit to this memory');
    const gaps = counter('feed.gaps', 'Feeds that were read on after messages that were missed');
    const resyncs = counter('feed.resyncs', 'Tenants whose memory was compared with Redis');
    const repairs = counter('repairs', 'Differences between memory and Redis that were repaired');
    this.#end = hear({
      commit: () => commits.add(1),
      publish({ by, records: all, ms, code }) {
        publishes.record(ms / 1_000, { by });
        records.add(all.length, { by });
        if (code !== undefined && by === 'relay') failures.add(1, { by, code });
      },
      defer: ({ code }) => failures.add(1, { by: 'commit', code }),
      relay({ ms, code }) {
        relays.record(ms / 1_000);
        if (code !== undefined) failures.add(1, { by: 'relay', code });
      },
      dead: ({ what }) => dead.add(1, { what }),
      audit({ found }) {
        for (const [kind, count] of Object.entries(found)) if (count > 0) findings.add(count, { kind });
      },
      'write-back'({ flushed: count, ms, code }) {
        writeBacks.record(ms / 1_000, code === undefined ? {} : { code });
        flushed.add(count);
      },
      apply({ lagMs }) {
        messages.add(1);
        if (lagMs !== undefined) lag.record(lagMs / 1_000);
      },
      gap: () => gaps.add(1),
      resync: () => resyncs.add(1),
      repair: ({ by, found }) => repairs.add(found, { by }),
    });
  }

  close(): void {
    this.#end();
  }
}
