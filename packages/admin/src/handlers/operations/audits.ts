import type { AuditFinding } from '@tenantry/mikro-orm';
import { scopeOf } from '@tenantry/protocol/internal';
import { ownerOf } from '@tenantry/protocol/wire';
import { within } from '@tenantry/redis';
import type { Call, Handler } from '../../calls/call.ts';
import { defined, type HandlerParts } from '../../calls/handler-parts.ts';
import { recordOperation } from './record-operation.ts';

const MOST_FINDINGS = 1_000;
/** Then it answers with what it has, and `after` goes on. */
const LONGEST_MS = 25_000;
/** A server that does not answer at all holds one step of it for longer. */
const MOST_MS = 30_000;

/** Compares Redis with the database; with `repair` it brings Redis to what the database has. */
export function runAudit(parts: HandlerParts): Handler<'audits.run'> {
  return async call => {
    const { repair = false, definitions, after } = call.body;
    if (repair) await recordOperation(parts, call as unknown as Call, 'audit.repair');
    const starts = definitions?.map(name => ownerOf(name, ''));
    const findings: AuditFinding[] = [];
    const full = new AbortController();
    const auditing = parts.replication.audit({
      ...{ repair, ...(after !== undefined && { after }) },
      signal: AbortSignal.any([call.request.signal, AbortSignal.timeout(LONGEST_MS), full.signal]),
      onFinding(finding) {
        if (starts && !starts.some(start => finding.owner.startsWith(start))) return;
        findings.push(finding);
        if (findings.length >= MOST_FINDINGS) full.abort();
      },
    });
    const { ...summary } = await within(MOST_MS, 'The audit', auditing);
    return { body: { summary, findings: findings.map(toFinding) } };
  };
}

function toFinding({ kind, tenant, owner, address, ageMs, code, repaired }: AuditFinding) {
  return defined({ kind, scope: scopeOf(tenant), owner, address, ageMs, code, repaired });
}
