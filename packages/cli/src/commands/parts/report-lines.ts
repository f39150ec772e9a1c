import type { LoadReport } from '@tenantry/loader';
import { counted } from '../../output/counted.ts';
import { moment } from '../../output/moment.ts';

/** What one import has to tell people. */
export interface ReportLines {
  readonly problems: readonly string[];
  /** What was written or would be. */
  readonly changes: readonly string[];
  /** What goes on until somebody does something: values that were refused or that others have set, and what no file says any more. */
  readonly standing: readonly string[];
  readonly sum: string;
}

/** The lines of a report. */
export function reportLines(
  report: LoadReport,
  problemLine: (problem: LoadReport['warnings'][number]) => string,
): ReportLines {
  const { items, problems, warnings, counts, files, prune } = report;
  const [changes, standing]: [string[], string[]] = [[], []];
  for (const { action, scope, config, path, message, endLost } of items) {
    if (action === 'same' || action === 'kept') continue;
    const end = endLost && `its end (${moment(endLost)}) is taken away`;
    const line = [`${action} ${config} of ${scope} (${path})`, message ?? end].filter(Boolean).join(': ');
    (action === 'refused' || action === 'drift' ? standing : changes).push(line);
  }
  if (prune.refusal !== undefined && prune.orphans > 0) standing.push(orphansLine(prune.orphans, prune.refusal));
  const sum = Object.entries(counts).flatMap(([action, count]) => (count > 0 ? [`${count} ${action}`] : []));
  return {
    problems: [...problems, ...warnings].map(problemLine),
    ...{ changes, standing, sum: `${counted(files, 'file')}: ${sum.join(', ') || 'nothing'}` },
  };
}

/** Without what was told before: what goes on is told once. */
export function newsOf(lines: ReportLines, before: ReportLines | undefined): ReportLines {
  const told = new Set([...(before?.problems ?? []), ...(before?.standing ?? [])]);
  const isNews = (line: string) => !told.has(line);
  return { ...lines, problems: lines.problems.filter(isNews), standing: lines.standing.filter(isNews) };
}

function orphansLine(orphans: number, refusal: string): string {
  const are = `${counted(orphans, 'value is', 'values are')} in no file any more`;
  if (refusal === 'not asked for') return `${are}; --prune would take ${orphans === 1 ? 'it' : 'them'} away`;
  return `${are}, and ${orphans === 1 ? 'stays' : 'stay'}: ${refusal}`;
}
