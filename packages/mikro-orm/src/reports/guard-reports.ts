import type { OnReport } from './report.ts';

/** A listener's own error must not reach a flush that is already committed. */
export function guardReports(onReport: OnReport | undefined, onError: (error: unknown) => void): OnReport {
  if (!onReport) return () => undefined;
  return report => {
    try {
      onReport(report);
    } catch (error) {
      onError(error);
    }
  };
}
