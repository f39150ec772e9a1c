import type { OnReport, ReplicationReport } from '@tenantry/mikro-orm';
import { tellSupervisor } from '../ends-with-supervisor.ts';
import { machineTime } from '../machine-time.ts';

/** A replication report as one line of the demo's log. */
export interface ReportLine {
  readonly kind: 'report';
  readonly report: ReplicationReport['kind'];
  readonly by: string;
  readonly text: string;
  readonly at: number;
}

/** Tells the supervisor what the extension reports. */
export function reportsOf(process: string): OnReport {
  return report => {
    const by = report.kind === 'published' ? `${process}, ${report.by}` : process;
    const line: ReportLine = { kind: 'report', report: report.kind, by, text: describe(report), at: machineTime() };
    // Several times a second, of nothing.
    if (line.text !== '') tellSupervisor(line);
  };
}

function describe(report: ReplicationReport): string {
  switch (report.kind) {
    case 'published':
      return report.records
        .map(({ op, definition, recordId, tenant, version, addresses, applied }) => {
          const keys = op === 'delete' ? 'removed' : `under ${addresses.length} keys`;
          return `${definition} ${recordId} of ${String(tenant)} v${version} ${applied ? keys : 'was there already'}`;
        })
        .join(' · ');
    case 'filled':
      return `Redis was filled again: ${report.rows} rows in ${Math.round(report.ms)} ms`;
    case 'audited':
      return `Redis was compared with the database: ${report.repaired} repaired, ${report.left} left`;
    case 'rewound':
      return `The ${report.what === 'redis' ? 'Redis' : 'database'} went back to an earlier state`;
    case 'deferred':
      return `${report.count} left to the relay: ${report.error.code}`;
    case 'failed':
      return `${report.definition} ${report.recordId}: ${report.error.code}${report.dead ? ', given up' : ''}`;
    case 'flushed':
      return `${report.count} settings of ${report.tenant} flushed into the database in ${report.ms.toFixed(1)} ms`;
    case 'dead-lettered':
      return `${report.name} v${report.version} of ${report.tenant}: ${report.error}, given up`;
    case 'warning':
      return report.message;
  }
}
