import type { OnReport } from '@tenantry/mikro-orm';
import { GLOBAL_TENANT } from '@tenantry/protocol';
import { GLOBAL_TEXT } from '../scopes/scope-addresses.ts';
import type { Teller } from './tell.ts';

/** What the write side reports, as far as a checker wants to know it. */
export function reportsTo(teller: Teller): OnReport {
  return report => {
    if (report.kind === 'published')
      for (const { tenant, addresses, version, applied } of report.records)
        if (applied)
          teller.event({
            kind: 'published',
            tenant: tenant === GLOBAL_TENANT ? GLOBAL_TEXT : (tenant as string),
            addresses,
            version,
          });
    if (report.kind === 'warning') teller.event({ kind: 'warning', text: report.message });
    if (report.kind === 'failed')
      teller.event({
        kind: 'warning',
        text: `${report.definition} ${report.recordId} could not be published (${report.error.code}), attempt ${report.attempts}`,
      });
    if (report.kind === 'filled') teller.event({ kind: 'warning', text: `Redis was filled: ${report.rows} rows` });
  };
}
