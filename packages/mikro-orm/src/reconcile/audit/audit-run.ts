import { setTimeout as wait } from 'node:timers/promises';
import type { Tenant } from '@tenantry/protocol';
import type { DefinitionRegistry } from '../../definitions/definition-registry.ts';
import { createOwnerResolver } from '../../definitions/owner-resolver.ts';
import type { FindingKind } from '../../reports/report.ts';
import { type CompareParts, confirmSuspects } from '../compare/confirm-suspects.ts';
import type { ConfirmedSuspects, Finding, UnlistedKey } from '../compare/finding.ts';
import { drawnAfter } from '../compare/read-tenant.ts';
import type { RepairManner } from '../repair/repair-manner.ts';
import { type RepairParts, repairRecords } from '../repair/repair-records.ts';
import type { CheckedAuditOptions } from './audit-options.ts';
import { type AuditPosition, encodePosition } from './audit-position.ts';
import type { AuditFinding, AuditSummary } from './audit-summary.ts';

/** What an audit works with. */
export interface AuditParts extends RepairParts {
  readonly registry: DefinitionRegistry;
}

/** Whether a finding belongs to this half of the audit; the other half tells of the others. */
export type IsMine = (finding: Finding) => boolean;

/** One audit under way: what its two halves share, how far it is, and what it has found. */
export class AuditRun {
  readonly parts: AuditParts;
  readonly compare: CompareParts;
  readonly options: CheckedAuditOptions;
  readonly counts = { rows: 0, records: 0, keys: 0 };
  readonly #manner: RepairManner;
  readonly #startedAt = performance.now();
  readonly #found = { missing: 0, stale: 0, orphan: 0, foreign: 0, unknown: 0, ahead: 0, unpublishable: 0 };
  readonly #leftOf: Record<FindingKind, number> = { ...this.#found };
  #repaired = 0;
  #waiting = 0;
  #after: string | undefined;
  #drawn = 0;

  constructor(parts: AuditParts, options: CheckedAuditOptions, manner: RepairManner) {
    const { graceMs, signal } = options;
    this.parts = parts;
    this.compare = { ...parts, graceMs, signal, resolveOwner: createOwnerResolver(parts.registry) };
    this.options = options;
    this.#manner = manner;
    this.#after = options.after;
  }

  /** Looks at suspects again, repairs what is wrong with them where that is asked for, and tells of what is `isMine`. */
  async suspect(
    tenant: Tenant,
    owners: readonly string[],
    keys: readonly UnlistedKey[],
    isMine: IsMine,
  ): Promise<void> {
    const confirmed = await confirmSuspects(this.compare, tenant, owners, keys);
    this.#waiting += confirmed.waiting;
    const findings = findingsOf(confirmed).filter(isMine);
    if (findings.length === 0) return;
    const { repair } = this.options;
    const left = repair ? await this.#repair(tenant, findings, confirmed) : new Set(findings.map(keyOf));
    for (const finding of findings) {
      const isRepaired = !left.has(keyOf(finding));
      if (isRepaired) this.#repaired++;
      this.#tell(tenant, finding, isRepaired);
    }
  }

  /** Tells of what needs no second look. */
  tell(tenant: Tenant, finding: Finding): void {
    this.#tell(tenant, finding, false);
  }

  /** An id that every version given by now is below; where it is not above this one, the database went back. */
  async drawnAbove(version: number): Promise<number> {
    if (version >= this.#drawn) this.#drawn = await drawnAfter(this.parts);
    return this.#drawn;
  }

  /** Everything up to here was compared. False: stop. */
  async reached(position: AuditPosition): Promise<boolean> {
    const { tenant, onProgress, pauseMs, signal } = this.options;
    this.#after = encodePosition(tenant, position);
    onProgress?.(this.summary());
    if (pauseMs > 0) await wait(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
    return !signal?.aborted;
  }

  /** Everything was compared. */
  complete(): void {
    this.#after = undefined;
  }

  summary(): AuditSummary {
    const total = Object.values(this.#found).reduce((sum, count) => sum + count, 0);
    return {
      ...this.counts,
      found: { ...this.#found },
      repaired: this.#repaired,
      left: total - this.#repaired,
      leftOf: { ...this.#leftOf },
      waiting: this.#waiting,
      complete: this.#after === undefined,
      after: this.#after,
      ms: performance.now() - this.#startedAt,
    };
  }

  /** Repairs, looks again, and answers with the keys of the findings that are left. */
  async #repair(
    tenant: Tenant,
    findings: readonly Finding[],
    confirmed: ConfirmedSuspects,
  ): Promise<ReadonlySet<string>> {
    await repairRecords(this.parts, tenant, findings, this.#manner);
    const keys = [...confirmed.keys].filter(([, finding]) => findings.includes(finding)).map(([key]) => key);
    const owners = findings
      .filter(finding => confirmed.records.get(finding.owner) === finding)
      .map(({ owner }) => owner);
    return new Set(findingsOf(await confirmSuspects(this.compare, tenant, owners, keys)).map(keyOf));
  }

  #tell(tenant: Tenant, finding: Finding, isRepaired: boolean): void {
    const { kind } = finding.mismatch;
    this.#found[kind]++;
    if (!isRepaired) this.#leftOf[kind]++;
    this.options.onFinding?.(toAuditFinding(tenant, finding, isRepaired, this.parts.clock()));
  }
}

const findingsOf = ({ records, keys }: ConfirmedSuspects): Finding[] => [...records.values(), ...keys.values()];

const keyOf = ({ owner, mismatch: { address = '' } }: Finding): string => `${owner} ${address}`;

function toAuditFinding(
  tenant: Tenant,
  { owner, mismatch: { kind, address, updatedAt, code } }: Finding,
  repaired: boolean,
  now: number,
): AuditFinding {
  const ageMs = updatedAt === undefined ? undefined : Math.max(0, now - updatedAt);
  return { kind, tenant, owner, address, ageMs, code, repaired };
}
