import type { ReplicaReader } from '@tenantry/redis';
import type { Observable } from 'rxjs';
import type { EntryTimes } from '../memory/entry.ts';
import type { ClientCounters } from '../reads/counters.ts';
import type { TenantSeat } from './tenant-seat.ts';

/** The parts of a tenant's client. */
export interface TenantClientParts {
  readonly own: TenantSeat;
  readonly global: TenantSeat;
  readonly times: EntryTimes;
  readonly counters: ClientCounters;
  readonly closed$: Observable<unknown>;
  readonly random: () => number;
  readonly readTimeoutMs: number;
  readonly repairReader: ReplicaReader;
  /** Those that the client closes with itself, and waits for. */
  readonly resources: Set<AsyncDisposable>;
  report(error: unknown): void;
}
