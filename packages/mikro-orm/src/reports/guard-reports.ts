import type { Log } from '@tenantry/protocol/internal';
import { logReport } from './log-reports.ts';
import type { OnReport } from './report.ts';
import { tellSignals } from './tell-signals.ts';

/** A listener's own error must not reach a flush that is already committed. */
export function guardReports(
  onReport: OnReport | undefined,
  log: Log | undefined,
  onError: (error: unknown) => void,
): OnReport {
  if (!onReport && !log) return tellSignals;
  return report => {
    tellSignals(report);
    if (log) logReport(log, report);
    try {
      onReport?.(report);
    } catch (error) {
      onError(error);
    }
  };
}
