import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { root, runCommand } from '../command.ts';
import { type Report, readReport } from '../vitest/read-report.ts';
import type { Check, Outcome } from './check.ts';

const DURATIONS = `${root}.tenantry/durations.json`;

/** One of the projects of vitest.config.ts, counted test by test. */
export function vitestCheck(project: string, name = project): Check {
  return { name, run: () => runVitest(project, name) };
}

export async function runVitest(
  project: string,
  name: string,
  env: Record<string, string> = {},
  more: readonly string[] = [],
): Promise<Outcome> {
  const path = `${root}.tenantry/reports/${name.replaceAll(/\W+/g, '-')}.json`;
  rmSync(path, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const run = ['run', '--project', project, '--passWithNoTests', ...reporters];
  const { code, output } = await runCommand('vitest', [...run, ...more], { env });
  const report = readReport(path);
  if (!report) return { passed: 0, failed: 1, output }; // it ended before it could report
  const { passed, failed, skipped } = countTests(report);
  if (code === 0) rememberDurations(report);
  // A file that does not load, or an error outside of any test, fails the run without failing a test.
  return {
    passed,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    note: skipped > 0 ? `${skipped} skipped` : undefined,
    output,
    files: [...report.fileMs].map(([file, ms]) => ({ name: file, ms })),
  };
}

function countTests({ tests }: Report): Record<'passed' | 'failed' | 'skipped', number> {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const { state } of tests) count[state]++;
  return count;
}

/** For the next run, which starts the longest files first. */
function rememberDurations({ fileMs }: Report): void {
  let before = {};
  try {
    before = JSON.parse(readFileSync(DURATIONS, 'utf8'));
  } catch {} // the first run
  mkdirSync(dirname(DURATIONS), { recursive: true });
  writeFileSync(DURATIONS, JSON.stringify({ ...before, ...Object.fromEntries(fileMs) }, null, 2));
}
