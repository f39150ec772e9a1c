import { setTimeout as wait } from 'node:timers/promises';
import type { ErrorCode, Tenant } from '@tenantry/protocol';
import type { DefinitionRegistry } from '../../definitions/definition-registry.ts';
import { createOwnerResolver } from '../../definitions/owner-resolver.ts';
import type { FindingKind } from '../compare/check-record.ts';
import {
  type CompareParts,
  type ConfirmedSuspects,
  confirmSuspects,
  drawnAfter,
  type Finding,
  type UnlistedKey,
} from '../compare/confirm-suspects.ts';
import { type RepairParts, repairRecords } from '../repair/repair-records.ts';
import { type AuditOptions, checkAuditOptions, type InternalOptions } from './audit-options.ts';
import { type AuditPosition, decodePosition, encodePosition } from './audit-position.ts';
import { auditRedis } from './audit-redis.ts';
import { auditTables } from './audit-tables.ts';

/** One thing that Redis has otherwise than the database. Never holds a value. */
export interface AuditFinding {
  readonly kind: FindingKind;
  readonly tenant: Tenant;
  /** The record's name in Redis: `<definition>:<record id>`, or a config's address. */
  readonly owner: string;
  /** The key it shows at, where it shows at one. */
  readonly address: string | undefined;
  /** How old, in ms, what stands there is; undefined where nothing stands there. */
  readonly ageMs: number | undefined;
  /** `unpublishable`: why. */
  readonly code: ErrorCode | undefined;
  /** Looked at again after its repair, and found right. */
  readonly repaired: boolean;
}

/** What an audit did and found. */
export interface AuditSummary {
  /** Rows of the tables, records and stray keys of Redis that were compared. */
  readonly rows: number;
  readonly records: number;
  readonly keys: number;
  /** How many findings there were of each kind, repaired ones too. */
  readonly found: Readonly<Record<FindingKind, number>>;
  readonly repaired: number;
  /** Findings that are left. */
  readonly left: number;
  readonly leftOf: Readonly<Record<FindingKind, number>>;
  /** Suspects that were still being published, or changed all the time: a later audit sees what becomes of them. */
  readonly waiting: number;
  /** False: it was aborted. */
  readonly complete: boolean;
  /** Resumes it; undefined where it is complete. */
  readonly after: string | undefined;
  readonly ms: number;
}

/** What an audit works with. */
export type AuditParts = RepairParts & Pick<CompareParts, 'redis'> & { readonly registry: DefinitionRegistry };

/** What the two halves of an audit share. */
export interface AuditRun extends CompareParts {
  readonly registry: DefinitionRegistry;
  readonly tenant: string | undefined;
  readonly batchSize: number;
  readonly counts: { rows: number; records: number; keys: number };
  /** Looks at suspects again, repairs what is wrong with them where that is asked for, and tells. */
  suspect(tenant: Tenant, owners: readonly string[], keys: readonly UnlistedKey[], tells: Tells): Promise<void>;
  /** Tells of what needs no second look. */
  tell(tenant: Tenant, finding: Finding): void;
  /** An id that every version given by now is below; where it is not above this one, the database went back. */
  drawnAbove(version: number): Promise<number>;
  /** Everything up to here was compared. False: stop. */
  reached(position: AuditPosition): Promise<boolean>;
}

/** Which of the findings are this half's. */
export type Tells = (finding: Finding) => boolean;

/**
 * Compares everything in Redis with the tables, in two walks of constant memory: what is in Redis and should not be, then rows
 * that are not there or otherwise. The first comes first so that, in a repair, a key that was taken from its row is free when
 * its row is looked at.
 */
export async function audit(parts: AuditParts, options: AuditOptions & InternalOptions): Promise<AuditSummary> {
  const checked = checkAuditOptions(options);
  const { repair, tenant, pauseMs, onFinding, onProgress, signal, origin, raiseAhead, restoresMarks } = checked;
  const startedAt = performance.now();
  const counts = { rows: 0, records: 0, keys: 0 };
  const found = { missing: 0, stale: 0, orphan: 0, foreign: 0, unknown: 0, ahead: 0, unpublishable: 0 };
  const leftOf = { ...found };
  let [repaired, waiting] = [0, 0];
  let after: string | undefined = checked.after;
  let drawn = 0;

  const run: AuditRun = {
    ...parts,
    tenant,
    batchSize: checked.batchSize,
    graceMs: checked.graceMs,
    signal,
    counts,
    resolveOwner: createOwnerResolver(parts.registry),

    async suspect(of, owners, keys, tells) {
      const settled = await confirmSuspects(run, of, owners, keys);
      waiting += settled.waiting;
      const findings = damagesOf(settled).filter(tells);
      if (findings.length === 0) return;
      const left = repair ? await repairAndLook(of, findings, settled) : new Set(findings.map(keyOf));
      for (const finding of findings) {
        const isRepaired = !left.has(keyOf(finding));
        if (isRepaired) repaired++;
        tell(of, finding, isRepaired);
      }
    },

    tell: (of, finding) => tell(of, finding, false),

    async drawnAbove(version) {
      if (version >= drawn) drawn = await drawnAfter(parts);
      return drawn;
    },

    async reached(position) {
      after = encodePosition(tenant, position);
      onProgress?.(summary());
      if (pauseMs > 0) await wait(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
      return !signal?.aborted;
    },
  };

  function tell(of: Tenant, finding: Finding, isRepaired: boolean): void {
    found[finding.mismatch.kind]++;
    if (!isRepaired) leftOf[finding.mismatch.kind]++;
    onFinding?.(toFinding(of, finding, isRepaired));
  }

  async function repairAndLook(
    of: Tenant,
    findings: readonly Finding[],
    settled: ConfirmedSuspects,
  ): Promise<Set<string>> {
    await repairRecords(parts, of, findings, { origin, raiseAhead, restoresMarks });
    const keys = [...settled.keys].filter(([, finding]) => findings.includes(finding)).map(([key]) => key);
    const owners = findings.filter(finding => settled.records.get(finding.owner) === finding).map(({ owner }) => owner);
    const again = await confirmSuspects(run, of, owners, keys);
    return new Set(damagesOf(again).map(keyOf));
  }

  function summary(): AuditSummary {
    const total = Object.values(found).reduce((sum, count) => sum + count, 0);
    const ms = performance.now() - startedAt;
    return {
      ...counts,
      found: { ...found },
      repaired,
      left: total - repaired,
      leftOf: { ...leftOf },
      waiting,
      complete: after === undefined,
      after,
      ms,
    };
  }

  const from = decodePosition(tenant, checked.after);
  const goesOn = from?.walk === 'rows' || (await auditRedis(run, from?.scan));
  if (goesOn && (await auditTables(run, from?.walk === 'rows' ? from : undefined))) after = undefined;
  return summary();
}

const damagesOf = ({ records, keys }: ConfirmedSuspects): Finding[] => [...records.values(), ...keys.values()];

const keyOf = ({ owner, mismatch: { address = '' } }: Finding): string => `${owner} ${address}`;

function toFinding(
  tenant: Tenant,
  { owner, mismatch: { kind, address, updatedAt, code } }: Finding,
  repaired: boolean,
): AuditFinding {
  const ageMs = updatedAt === undefined ? undefined : Math.max(0, Date.now() - updatedAt);
  return { kind, tenant, owner, address, ageMs, code, repaired };
}
