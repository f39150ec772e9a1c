import type { OnReport } from './report.ts';
import { tellSignals } from './tell-signals.ts';

/** A listener's own error must not reach a flush that is already committed. */
export function guardReports(onReport: OnReport | undefined, onError: (error: unknown) => void): OnReport {
  if (!onReport) return tellSignals;
  return report => {
    tellSignals(report);
    try {
      onReport(report);
    } catch (error) {
      onError(error);
    }
  };
}
