import { withoutValues } from '@tenantry/protocol/internal';
import { type PublishSignal, signals } from '@tenantry/redis';
import type { PublishedBy, PublishedRecord } from '../reports/report.ts';
import type { PresentRow } from './present-rows.ts';

/** Tells that these rows are being published; undefined where nobody listens. */
export function beginPublish(by: PublishedBy, present: readonly PresentRow[]): PublishSignal | undefined {
  if (!signals.publishing.hasSubscribers && !signals.publish.hasSubscribers) return undefined;
  const traces = new Set<string>();
  for (const { record } of present) for (const trace of record.traces ?? []) traces.add(trace);
  const signal: PublishSignal = { by, traces: [...traces], records: [], ms: 0 };
  signals.publishing.publish(signal);
  return signal;
}

/** Tells what became of it. */
export function endPublish(
  signal: PublishSignal,
  result: { readonly published: readonly PublishedRecord[]; readonly ms: number; readonly errors: readonly unknown[] },
): void {
  const [first] = result.errors;
  signal.records = result.published;
  signal.ms = result.ms;
  if (first !== undefined) signal.code = withoutValues(first, 'Publishing').code;
  signals.publish.publish(signal);
}
