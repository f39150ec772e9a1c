import type { ErrorCode } from '@tenantry/protocol';
import type { FindingKind } from '../../reports/report.ts';
import type { Expected } from './expected-records.ts';

/** The difference between what the database and what Redis has of one record, or under one key. */
export interface Mismatch {
  readonly kind: FindingKind;
  /** The key it shows at, where it shows at one. */
  readonly address?: string | undefined;
  /** When what stands there was written, ms since 1970. */
  readonly updatedAt?: number | undefined;
  /** `unpublishable`: why. */
  readonly code?: ErrorCode | undefined;
  /** Readers may hold something else under this very version: only a new one reaches them. */
  readonly needsVersion?: boolean;
}

/** A mismatch, and both sides of it. */
export interface Finding {
  readonly owner: string;
  readonly mismatch: Mismatch;
  /** Undefined for a definition that this process does not know. */
  readonly expected: Expected | undefined;
  /** The highest version Redis has of it; 0 none. */
  readonly actualVersion: number;
}

/** A key that its holder's record does not list. */
export interface UnlistedKey {
  readonly address: string;
  readonly owner: string;
}

/** The result of a second, careful look at one tenant's suspects. */
export interface ConfirmedSuspects {
  readonly records: ReadonlyMap<string, Finding>;
  readonly keys: ReadonlyMap<UnlistedKey, Finding>;
  /** Suspects that were still being published, or changed all the time. */
  readonly waiting: number;
}
