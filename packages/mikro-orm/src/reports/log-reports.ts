import { errorLine, type Log, type LogFields, type LogLevel } from '@tenantry/protocol/internal';
import type { ReplicationReport } from './report.ts';

/** A report as one line. What an operator must decide is an error, what mends itself a warning, what goes well is for whoever looks. */
export function logReport(log: Log, report: ReplicationReport): void {
  log(...lineOf(report));
}

function lineOf(report: ReplicationReport): [level: LogLevel, message: string, fields?: LogFields] {
  switch (report.kind) {
    case 'warning':
      return ['warn', report.message];
    case 'deferred':
      return [
        'warn',
        `changes were left to the relay: ${errorLine(report.error)}`,
        {
          changes: report.count,
          code: report.error.code,
        },
      ];
    case 'failed':
      return [
        report.dead ? 'error' : 'warn',
        report.dead
          ? 'a change was given up on: see `deadRows()`'
          : `a change could not be published, and is tried again: ${report.error.code}`,
        { definition: report.definition, attempts: report.attempts, code: report.error.code },
      ];
    case 'dead-lettered':
      return [
        'error',
        'a write-back was given up on: see `deadLetters()`',
        {
          tenant: report.tenant,
          config: report.name,
          version: report.version,
          attempts: report.attempts,
        },
      ];
    case 'rewound':
      return ['error', `the ${report.what === 'redis' ? 'Redis' : 'database'} went back to an earlier state`];
    case 'filled':
      return ['info', 'Redis was filled', { rows: report.rows, ms: Math.round(report.ms) }];
    case 'audited':
      return [
        report.left > 0 ? 'warn' : 'info',
        'Redis was compared with the tables',
        {
          repaired: report.repaired,
          left: report.left,
          complete: report.complete,
          ms: Math.round(report.ms),
        },
      ];
    case 'flushed':
      return ['debug', 'write-backs were flushed', { tenant: report.tenant, values: report.count }];
    case 'published':
      return ['debug', 'published', { by: report.by, records: report.records.length, ms: Math.round(report.ms) }];
  }
}
