import { expect, it } from 'vitest';
import { createMetrics } from './create-metrics.ts';

const counts = { create: 0, update: 2, overwrite: 0, prune: 0, same: 5, kept: 0, drift: 3, refused: 1 };

it('has the last import of a loader, by result, and what went wrong', async () => {
  const report = { counts, problems: [{}, {}], prune: { orphans: 4 } };
  const importedAt = new Date(1_796_000_000_500);
  const metrics = createMetrics({ loader: { status: { imports: 7, failures: 1, importedAt, report } } });
  const text = await metrics.text();
  metrics.close();
  for (const line of [
    'tenantry_file_imports_total 7',
    'tenantry_file_import_failures_total 1',
    'tenantry_file_import_timestamp_seconds 1796000000.5',
    'tenantry_file_configs{result="update"} 2',
    'tenantry_file_configs{result="drift"} 3',
    'tenantry_file_problems 2',
    'tenantry_file_orphans 4',
  ])
    expect(text.split('\n')).toContain(line);
});

it('says nothing of an import before there was one', async () => {
  const status = { imports: 0, failures: 0, importedAt: undefined, report: undefined };
  const metrics = createMetrics({ loader: { status } });
  const text = await metrics.text();
  metrics.close();
  expect(text).toContain('tenantry_file_imports_total 0\n');
  expect(text).not.toMatch(/^tenantry_file_(configs|problems|orphans|import_timestamp)/m);
  expect(() => createMetrics({ loader: {} as never })).toThrow('`loader` must be a loader');
});
