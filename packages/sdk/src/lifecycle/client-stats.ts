import type { Feeds } from '@tenantry/redis';
import type { Sieve } from '../memory/sieve.ts';
import type { ClientCounters } from '../reads/counters.ts';
import type { LagCounter, LagHistogram } from '../reads/lag-histogram.ts';
import type { HeldTenants } from '../tenant/held-tenants.ts';

/** How much the client holds, and how often it had to repair something. */
export interface ClientStats extends Readonly<ClientCounters> {
  /** Tenants of which there is memory, the global one and groups included; how many of them are followed now; and how many were let go so far. */
  readonly tenants: number;
  readonly followed: number;
  /** How many of the followed ones have a feed that should be live and is not: what is shown of them is stale. */
  readonly stale: number;
  readonly tenantsLetGo: number;
  /** Addresses in memory, how many of them are watched, and how many had to make room so far. */
  readonly entries: number;
  readonly watched: number;
  readonly evicted: number;
  /** How often a feed was read on after a gap, and how often everything had to be compared with Redis. */
  readonly gaps: number;
  readonly resyncs: number;
  /** Differences between memory and Redis that were found and repaired: `foundByResync` and `repairedBySweep` together. */
  readonly repairs: number;
  /**
   * How long values took from the writer's commit to this memory, of those that a message of the feed brought. By the clock of the writer and
   * that of Redis.
   */
  readonly lag: LagHistogram;
}

/** What the stats are made of. */
export interface StatsParts {
  readonly counters: ClientCounters;
  readonly lag: LagCounter;
  readonly tenants: HeldTenants;
  readonly sieve: Sieve;
  readonly feeds: Feeds;
}

export function statsOf({ counters, lag, tenants, sieve, feeds }: StatsParts): ClientStats {
  const followers = [...tenants.followers()];
  return {
    ...counters,
    repairs: counters.foundByResync + counters.repairedBySweep,
    lag: lag.histogram,
    tenants: tenants.count,
    tenantsLetGo: tenants.tenantsLetGo,
    followed: followers.filter(follower => follower.isOpen).length,
    stale: followers.filter(follower => follower.lost !== undefined).length,
    entries: sieve.count,
    watched: followers.reduce((sum, { memory }) => sum + memory.watched.size, 0),
    evicted: sieve.evicted,
    ...feeds.counters,
  };
}
