import { readFileSync, rmSync } from 'node:fs';
import { runCommand } from '../command.ts';
import type { Check, Outcome } from './check.ts';

/** One of the projects of vitest.config.ts, counted test by test. */
export function vitestCheck(project: string, name = project): Check {
  return { name, run: () => runVitest(project, name) };
}

export async function runVitest(
  project: string,
  name: string,
  env: Record<string, string> = {},
  folders: readonly string[] = [],
): Promise<Outcome> {
  const report = `.tenantry/reports/${name.replaceAll(/\W+/g, '-')}.json`;
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const run = ['run', '--project', project, '--passWithNoTests', ...reporters];
  const { code, output } = await runCommand('vitest', [...run, ...folders], { env });
  const { passed, failed, skipped } = countTests(report);
  const note = skipped > 0 ? `${skipped} skipped` : undefined;
  // A file that does not load, or an error outside of any test, fails the run without failing a test.
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, note, output };
}

function countTests(report: string): { passed: number; failed: number; skipped: number } {
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    return {
      passed: counts.numPassedTests,
      failed: counts.numFailedTests,
      skipped: counts.numPendingTests + counts.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }; // it ended before it could report
  }
}
