import { type AuditParts, type AuditSummary, audit } from './audit.ts';
import type { AuditOptions, InternalOptions } from './audit-options.ts';
import type { FindingKind } from './judge-record.ts';

const PASSES = 3;

/** Audits again where some of it was still being published: it is there by then. */
export async function auditUntilSettled(
  parts: AuditParts,
  options: AuditOptions & InternalOptions,
): Promise<AuditSummary> {
  let summary = await audit(parts, options);
  for (let again = 0; again < PASSES && summary.complete && summary.waiting > 0; again++)
    summary = sum(summary, await audit(parts, options));
  return summary;
}

// Nobody repairs these: both have found the same.
const STAYING: readonly FindingKind[] = ['unknown', 'ahead', 'unpublishable'];

/** What both found and repaired, and what the later one left. */
function sum(one: AuditSummary, later: AuditSummary): AuditSummary {
  const found = Object.fromEntries(
    Object.entries(one.found).map(([name, count]) => {
      const kind = name as FindingKind;
      return [kind, STAYING.includes(kind) ? Math.max(count, later.found[kind]) : count + later.found[kind]];
    }),
  );
  const repaired = one.repaired + later.repaired;
  return { ...later, found: found as AuditSummary['found'], repaired, ms: one.ms + later.ms };
}
