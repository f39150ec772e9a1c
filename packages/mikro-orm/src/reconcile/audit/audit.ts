import type { RepairManner } from '../repair/repair-manner.ts';
import { type AuditOptions, checkAuditOptions } from './audit-options.ts';
import { decodePosition } from './audit-position.ts';
import { auditRedis } from './audit-redis.ts';
import { type AuditParts, AuditRun } from './audit-run.ts';
import type { AuditSummary } from './audit-summary.ts';
import { auditTables } from './audit-tables.ts';

/**
 * Compares everything in Redis with the tables, in two walks of constant memory: what is in Redis and should not be, then rows
 * that are not there or otherwise. The first comes first so that, in a repair, a key that was taken from its row is free when
 * its row is looked at.
 */
export async function audit(parts: AuditParts, options: AuditOptions, manner: RepairManner): Promise<AuditSummary> {
  const checked = checkAuditOptions(options);
  const from = decodePosition(checked.tenant, checked.after);
  const run = new AuditRun(parts, checked, manner);
  const goesOn = from?.walk === 'rows' || (await auditRedis(run, from?.scan));
  if (goesOn && (await auditTables(run, from?.walk === 'rows' ? from : undefined))) run.complete();
  return run.summary();
}
