import type { Tenant, TenantryError } from '@tenantry/protocol';
import type { ChangeOp } from '@tenantry/protocol/wire';

/** What happened to committed changes. Reports never hold values. */
export type ReplicationReport =
  | PublishedReport
  | FilledReport
  | AuditedReport
  | RewoundReport
  | DeferredReport
  | FailedReport
  | FlushedReport
  | DeadLetteredReport
  | WarningReport;

/** Records were brought into Redis. */
export interface PublishedReport {
  readonly kind: 'published';
  readonly by: PublishedBy;
  readonly records: readonly PublishedRecord[];
  /** From the commit, or from the claim of a relay, to Redis's answer. */
  readonly ms: number;
}

/** Who published: the process that committed, or a relay. Backfills and refills make no `published` report. */
export type PublishedBy = 'commit' | 'relay';

/** One record of a `PublishedReport`. */
export interface PublishedRecord {
  readonly definition: string;
  readonly recordId: string;
  readonly tenant: Tenant;
  readonly version: number;
  readonly op: ChangeOp;
  /** The sync keys' addresses it stands under. */
  readonly addresses: readonly string[];
  /** False: Redis had something as new already. */
  readonly applied: boolean;
}

/** A Redis that never had the tables, or lost them, has them all. */
export interface FilledReport {
  readonly kind: 'filled';
  readonly rows: number;
  readonly ms: number;
}

/** What an audit finds wrong; docs/guides/audit-and-repair.md explains each. */
export type FindingKind = 'missing' | 'stale' | 'orphan' | 'foreign' | 'unknown' | 'ahead' | 'unpublishable';

/** Redis was compared with the tables. */
export interface AuditedReport {
  readonly kind: 'audited';
  /** How many findings there were of each kind, repaired ones too. */
  readonly found: Readonly<Record<FindingKind, number>>;
  readonly repaired: number;
  readonly left: number;
  /** Suspects that were still being published. */
  readonly waiting: number;
  readonly complete: boolean;
  readonly ms: number;
}

/**
 * One of the two went back to an earlier state. The database: what is written now is refused by Redis as old, until
 * `resync` is called. Redis: it is filled again by itself.
 */
export interface RewoundReport {
  readonly kind: 'rewound';
  readonly what: 'database' | 'redis';
}

/** Committed changes were left to the relay. */
export interface DeferredReport {
  readonly kind: 'deferred';
  readonly count: number;
  readonly error: TenantryError;
}

/** One row could not be brought into Redis; the others were. */
export interface FailedReport {
  readonly kind: 'failed';
  readonly definition: string;
  readonly recordId: string;
  readonly error: TenantryError;
  readonly attempts: number;
  /** No further attempt will be made until `retryDeadRows`. */
  readonly dead: boolean;
}

/** Write-backs of one tenant were brought into the database, in one transaction. */
export interface FlushedReport {
  readonly kind: 'flushed';
  readonly tenant: string;
  readonly count: number;
  readonly ms: number;
}

/** A write-back that the database refuses was given up on; the others went on. */
export interface DeadLetteredReport {
  readonly kind: 'dead-lettered';
  readonly tenant: string;
  readonly name: string;
  readonly version: number;
  readonly attempts: number;
  /** The database's own word for it, without values. */
  readonly error: string;
}

/** Something an operator should know, in a sentence. */
export interface WarningReport {
  readonly kind: 'warning';
  readonly message: string;
}

/** Listens to what happens to committed changes. */
export type OnReport = (report: ReplicationReport) => void;
