import type { FindingKind } from '../../reports/report.ts';
import type { RepairManner } from '../repair/repair-manner.ts';
import { audit } from './audit.ts';
import type { AuditOptions } from './audit-options.ts';
import type { AuditParts } from './audit-run.ts';
import type { AuditSummary } from './audit-summary.ts';

const PASSES = 3;

/** Audits again where some of it was still being published: it is there by then. */
export async function auditUntilSettled(
  parts: AuditParts,
  options: AuditOptions,
  manner: RepairManner,
): Promise<AuditSummary> {
  let summary = await audit(parts, options, manner);
  for (let again = 0; again < PASSES && summary.complete && summary.waiting > 0; again++)
    summary = sum(summary, await audit(parts, options, manner));
  return summary;
}

/** What both found and repaired, and what the later one left. */
function sum(one: AuditSummary, later: AuditSummary): AuditSummary {
  const kinds = Object.keys(one.found) as FindingKind[];
  // What the first has left was found again.
  const found = Object.fromEntries(kinds.map(kind => [kind, one.found[kind] - one.leftOf[kind] + later.found[kind]]));
  const repaired = one.repaired + later.repaired;
  return { ...later, found: found as AuditSummary['found'], repaired, ms: one.ms + later.ms };
}
