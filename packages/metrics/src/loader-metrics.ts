import type { MetricName } from './catalogue.ts';
import type { Sample } from './exposition/format.ts';
import { one } from './reader-metrics.ts';

/** What a loader says of itself: the part of `TenantryLoader` of `@tenantry/loader` that metrics need. */
export interface MeasuredLoader {
  readonly status: {
    readonly imports: number;
    readonly failures: number;
    readonly importedAt: Date | undefined;
    readonly report:
      | {
          readonly counts: Readonly<Record<string, number>>;
          readonly problems: readonly unknown[];
          readonly prune: { readonly orphans: number };
        }
      | undefined;
  };
}

/** Memory answers, nothing is asked. Before the first import there is nothing to say of it. */
export function loaderMetrics({ status }: MeasuredLoader): Map<MetricName, Iterable<Sample>> {
  const { imports, failures, importedAt, report } = status;
  const samples = new Map<MetricName, Iterable<Sample>>([
    ['tenantry_file_imports_total', one(imports)],
    ['tenantry_file_import_failures_total', one(failures)],
  ]);
  if (!report || !importedAt) return samples;
  const results = Object.entries(report.counts).map(([result, value]) => ({ labels: { result }, value }));
  return samples
    .set('tenantry_file_import_timestamp_seconds', one(importedAt.getTime() / 1_000))
    .set('tenantry_file_configs', results)
    .set('tenantry_file_problems', one(report.problems.length))
    .set('tenantry_file_orphans', one(report.prune.orphans));
}
