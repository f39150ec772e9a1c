import type { ReplicaReader } from '@tenantry/redis';
import type { Observable } from 'rxjs';
import type { EntryTimes } from '../memory/entry.ts';
import type { ClientCounters } from '../reads/counters.ts';
import type { LayeredConfigs } from './layers/layered-configs.ts';
import type { LayeredReads } from './layers/layered-reads.ts';

/** All tenants of one client share these. */
export interface TenantClientParts {
  readonly times: EntryTimes;
  readonly layered: LayeredConfigs;
  readonly layeredReads: LayeredReads;
  readonly counters: ClientCounters;
  readonly closed$: Observable<unknown>;
  readonly random: () => number;
  readonly readTimeoutMs: number;
  readonly repairReader: ReplicaReader;
  /** Those that the client closes with itself, and waits for. */
  readonly resources: Set<AsyncDisposable>;
  report(error: unknown): void;
}
