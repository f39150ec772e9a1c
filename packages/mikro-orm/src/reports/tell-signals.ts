import { signals } from '@tenantry/redis';
import type { ReplicationReport } from './report.ts';

/** What is reported, on the channels. A publish tells by itself, because it tells when it begins, too. */
export function tellSignals(report: ReplicationReport): void {
  switch (report.kind) {
    case 'deferred':
      if (signals.defer.hasSubscribers) signals.defer.publish({ changes: report.count, code: report.error.code });
      break;
    case 'failed':
      if (report.dead && signals.dead.hasSubscribers) signals.dead.publish({ what: 'row', name: report.definition });
      break;
    case 'dead-lettered':
      if (signals.dead.hasSubscribers) signals.dead.publish({ what: 'letter', name: report.name });
      break;
    case 'filled':
      if (signals.fill.hasSubscribers) signals.fill.publish({ rows: report.rows, ms: report.ms });
      break;
    case 'audited':
      if (signals.audit.hasSubscribers) signals.audit.publish(report);
      break;
    case 'flushed':
      if (signals['write-back'].hasSubscribers)
        signals['write-back'].publish({ tenant: report.tenant, flushed: report.count, ms: report.ms });
      break;
  }
}
