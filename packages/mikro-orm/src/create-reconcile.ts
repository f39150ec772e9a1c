import { withoutValues } from '@tenantry/protocol';
import { type AuditParts, type AuditSummary, audit } from './audit.ts';
import type { AuditOptions } from './audit-options.ts';

/** What compares Redis with the database, and mends it. */
export interface Reconcile {
  /**
   * Compares Redis with the tables, by version and content, in constant memory; with `repair` brings it to what they say.
   * `INVALID_OPTION`, `INVALID_CURSOR`; `UNAVAILABLE` or `TIMEOUT` where the database or Redis fails: what was found until then was told.
   */
  audit(options?: AuditOptions): Promise<AuditSummary>;
  /** The last audit of this process that got to its end. */
  lastAudit(): AuditSummary | undefined;
}

export function createReconcile(parts: AuditParts): Reconcile {
  let last: AuditSummary | undefined;
  return {
    async audit(options = {}) {
      const summary = await audit(parts, options).catch(error => Promise.reject(withoutValues(error, 'The audit')));
      if (summary.complete) last = summary;
      const { found, repaired, left, waiting, complete, ms } = summary;
      parts.report({ kind: 'audited', found, repaired, left, waiting, complete, ms });
      return summary;
    },
    lastAudit: () => last,
  };
}
