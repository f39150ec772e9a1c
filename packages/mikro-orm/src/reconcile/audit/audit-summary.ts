import type { ErrorCode, Tenant } from '@tenantry/protocol';
import type { FindingKind } from '../../reports/report.ts';

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
