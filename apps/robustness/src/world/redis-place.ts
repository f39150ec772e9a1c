import type { FaultProxy, RedisServer } from '@tenantry/testing';
import type { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from '../traffic/settings.ts';

export type Topology = 'single' | 'sentinel' | 'cluster';

/** Redis in one of the ways it can be run. */
export interface RedisPlace extends AsyncDisposable {
  readonly kind: Topology;
  readonly servers: readonly RedisServer[];
  /** Where one process finds it; through a proxy of its own where an address can be had from a proxy. */
  way(): Promise<{ readonly address: RedisAddress; readonly proxy: FaultProxy | undefined }>;
  /** A connection that no fault is on, for looking. Closed by the caller. */
  connect(): Redis | Cluster;
  /** Every master, each by itself. */
  masters(): Promise<Redis[]>;
}
