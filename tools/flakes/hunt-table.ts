import type { Report, TestRow } from '../vitest/read-report.ts';

/** One test over all runs. */
export interface HuntRow {
  readonly file: string;
  readonly name: string;
  readonly runs: number;
  readonly failures: number;
  readonly slowestMs: number;
  /** What the first failure said. */
  readonly message: string | undefined;
}

/** What the runs of a hunt said about each test, whichever order they came in. */
export function huntTable(reports: readonly Report[]): HuntRow[] {
  const rows = new Map<string, HuntRow>();
  for (const report of reports) {
    for (const test of [...report.tests, ...report.brokenFiles.map(asTest)]) {
      if (test.state === 'skipped') continue;
      const key = `${test.file} ${test.name}`;
      rows.set(key, addRun(rows.get(key), test));
    }
  }
  return [...rows.values()].sort((a, b) => b.failures - a.failures || b.slowestMs - a.slowestMs);
}

/** Every test that failed, and then the slowest ten. */
export function interestingRows(rows: readonly HuntRow[]): HuntRow[] {
  const failed = rows.filter(({ failures }) => failures > 0);
  const slowest = rows.filter(({ failures }) => failures === 0).sort((a, b) => b.slowestMs - a.slowestMs);
  return [...failed, ...slowest.slice(0, 10)];
}

export function formatRows(rows: readonly HuntRow[]): string {
  const cells = rows.map(({ runs, failures, slowestMs, file, name }) => {
    const numbers = [runs, failures, (slowestMs / 1000).toFixed(1)].map(cell => String(cell).padStart(8));
    return `${numbers.join('  ')}  ${file}  ${name}`;
  });
  return [`${['runs', 'failures', 'slowest s'].map(head => head.padStart(8)).join('  ')}  test`, ...cells].join('\n');
}

function addRun(before: HuntRow | undefined, { file, name, state, ms, message }: TestRow): HuntRow {
  const failed = state === 'failed';
  return {
    file,
    name,
    runs: (before?.runs ?? 0) + 1,
    failures: (before?.failures ?? 0) + (failed ? 1 : 0),
    slowestMs: Math.max(before?.slowestMs ?? 0, ms),
    message: before?.message ?? (failed ? (message ?? 'it failed') : undefined),
  };
}

function asTest({ file, message }: Report['brokenFiles'][number]): TestRow {
  return { file, name: '(the file as a whole)', state: 'failed', ms: 0, message };
}
