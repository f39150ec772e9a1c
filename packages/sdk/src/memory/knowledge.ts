import type { TenantryError } from '@tenantry/protocol';

/**
 * How a slot compares with Redis, as of one message of the feed. `generation` and `seq` name that message. The states:
 *
 *   state       | generation | outdated | aheadOfRedis | Redis had at that message           | next step
 *   ------------|------------|----------|--------------|-------------------------------------|---------------------------
 *   new         | 0          | no       | ''           | anything                            | read it
 *   exact       | current    | no       | ''           | the same as the slot                | none
 *   outdated    | current    | yes      | ''           | a newer state, whose value is not   | read it
 *               |            |          |              | here, or nobody could confirm which |
 *   ahead       | current    | no       | an owner     | an older state of that record       | wait for a newer message
 *   unconfirmed | an earlier | either   | either       | anything: the continuity has ended  | compare it, or read it
 *
 * Only `exact` is fresh. The verbs move between the states:
 *
 *   confirm      → exact         Redis has the same; ends `trouble`
 *   markOutdated → outdated      the feed has shown a newer state
 *   distrust     → outdated      a value came from outside of the feed; the message stays as it was
 *   markAhead    → ahead         Redis has lost data and went back
 *   accept       → not outdated  reading again would bring the same bytes, which cannot be decoded
 *   reachRedis   → not ahead     the slot was put or cleared
 *   Continuity.end()             makes every slot of the tenant `unconfirmed`, without touching it
 *
 * `distrust` may follow `markAhead` without an end of it: then the slot is both, and counts as outdated and as ahead.
 * `trouble` stands beside the states: the slot shows its last good value, and that is stale whatever the state.
 *
 * Replaced as a whole, never changed: the slots that were confirmed by one reply or one message share it.
 */
export class Knowledge {
  /** The continuity in which `seq` counts. 0: none. */
  readonly generation: number;
  /** The number of the message. A reply from before it says something older. */
  readonly seq: number;
  readonly outdated: boolean;
  /** The record whose older state Redis has. '': none. */
  readonly aheadOfRedis: string;
  /** Why the slot is not what Redis has: the bytes cannot be decoded, or Redis lost them. */
  readonly trouble: TenantryError | undefined;

  /** Without the others: what `confirm` makes of any. */
  constructor(generation: number, seq: number, outdated = false, aheadOfRedis = '', trouble?: TenantryError) {
    this.generation = generation;
    this.seq = seq;
    this.outdated = outdated;
    this.aheadOfRedis = aheadOfRedis;
    this.trouble = trouble;
  }

  markOutdated(generation: number, seq: number): Knowledge {
    return new Knowledge(generation, seq, true, '', this.trouble);
  }

  markAhead(generation: number, seq: number, owner: string): Knowledge {
    return new Knowledge(generation, seq, false, owner, this.trouble);
  }

  /** The slot may be newer than the feed, or older: nobody could confirm it. */
  distrust(): Knowledge {
    const { generation, seq, aheadOfRedis, trouble } = this;
    return new Knowledge(generation, seq, true, aheadOfRedis, trouble);
  }

  accept(): Knowledge {
    const { generation, seq, aheadOfRedis, trouble } = this;
    return new Knowledge(generation, seq, false, aheadOfRedis, trouble);
  }

  /** The slot shows another state than the one that was ahead, and that one can be decoded. */
  reachRedis(): Knowledge {
    const { generation, seq, outdated, aheadOfRedis, trouble } = this;
    return aheadOfRedis === '' && !trouble ? this : new Knowledge(generation, seq, outdated);
  }

  keepLastGood(trouble: TenantryError): Knowledge {
    const { generation, seq, outdated, aheadOfRedis } = this;
    return new Knowledge(generation, seq, outdated, aheadOfRedis, trouble);
  }
}

/** What is known of a new slot. */
export const NOTHING_KNOWN: Knowledge = new Knowledge(0, 0);
