import type { LoadReport } from '@tenantry/loader';
import { expect, it } from 'vitest';
import { reportLines } from './report-lines.ts';

const ITEM = { scope: 'tenants/acme', config: 'limits', path: 'tenants/acme/limits.yaml', version: 2 } as const;
const REPORT: LoadReport = {
  ...{ dryRun: false, files: 1, problems: [], warnings: [], transactions: 1, ms: 1, items: [] },
  counts: { create: 0, update: 0, overwrite: 1, prune: 0, same: 0, kept: 0, drift: 0, refused: 0 },
  prune: { orphans: 0, refusal: undefined },
};
const changesOf = (...items: LoadReport['items']) => reportLines({ ...REPORT, items }, String).changes;

it('a value that was to end, and is written without an end, is said to', () => {
  const endLost = Date.parse('2026-01-31T09:15:02Z');
  expect(changesOf({ ...ITEM, action: 'overwrite', endLost }, { ...ITEM, action: 'update' })).toEqual([
    'overwrite limits of tenants/acme (tenants/acme/limits.yaml): its end (2026-01-31 09:15:02Z) is taken away',
    'update limits of tenants/acme (tenants/acme/limits.yaml)',
  ]);
});
