import type { AnyConfig, ConfigSource, Tenant, TenantryError } from '@tenantry/protocol';
import type { Attempts } from '@tenantry/protocol/internal';
import type { FeedHead, FeedPosition, Loads, ReplicaReader } from '@tenantry/redis';
import type { OpenEnvelope } from '../admission/open-envelope.ts';
import type { SourceGuard } from '../protection/source-guard.ts';
import type { RefreshTurns } from '../warmth/refresh-turns.ts';
import type { ClientCounters } from './counters.ts';
import type { LagCounter } from './lag-histogram.ts';

/** The follower of the feed, as reads need it. */
export interface FeedGate {
  /** The client was closed. */
  readonly isClosed: boolean;
  /** Settles when the feed is live, or will not be for now: within a third of `readTimeoutMs`. */
  opened(): Promise<void> | undefined;
  /** The last message that memory has heard. */
  readonly position: FeedPosition | undefined;
  /**
   * True once memory has heard every message up to this head, which Redis gave after memory was at `before`; false where memory did not
   * hear them within a third of `readTimeoutMs`.
   */
  caughtUp(head: FeedHead | undefined, before: FeedPosition | undefined): Promise<boolean>;
  /** The head is a moment of the feed that memory follows, heard already or still to come. */
  isFollowing(head: FeedHead | undefined): boolean;
}

/** The options of the client that reads depend on. */
export interface ReadSettings {
  readonly readTimeoutMs: number;
  readonly feedTimeoutMs: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** For how long something lasts. When a value ends is asked of `now`. */
  readonly clock: () => number;
  readonly random: () => number;
  readonly source?: ConfigSource | undefined;
}

/** A caller waits for it; or it is done in the background, where a load waits for its turn. */
export type ReadReason = 'caller' | 'background';

/** All tenants of one client share these. */
export interface ReadParts {
  readonly reader: ReplicaReader;
  readonly open: OpenEnvelope;
  readonly counters: ClientCounters;
  readonly lag: LagCounter;
  readonly options: ReadSettings;
  /** ms since 1970 by the clock of Redis: values end by it. */
  readonly now: () => number;
  readonly loads: Loads;
  /** How the calls of the source go. */
  readonly sourceCalls: Attempts;
  /** Whether the source is called. */
  readonly guard: SourceGuard;
  /** Of the loads in the background. */
  readonly turns: RefreshTurns;
  /** The configs whose lack of a source was reported. */
  readonly unsourced: Set<AnyConfig>;
  /** Whether Redis lets this user have the feed, or the records, of a tenant; undefined: it does, or was not asked. */
  refused(tenant: Tenant, what: 'feed' | 'records', why: TenantryError | undefined): void;
  report(error: unknown): void;
}
