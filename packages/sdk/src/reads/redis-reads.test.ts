import { expect, it } from 'vitest';
import { createEnvelopeOpener } from '../admission/open-envelope.ts';
import { Sieve } from '../memory/sieve.ts';
import { TenantMemory } from '../memory/tenant-memory.ts';
import { createCounters } from './counters.ts';
import type { FeedGate, ReadParts } from './read-parts.ts';
import { RedisReads } from './redis-reads.ts';

const NOTHING = { envelopes: [null], head: undefined };

// A tenant for which nothing was ever written has no feed, so nothing of it is left to be heard. What joins the read when the feed
// becomes live would take its outcome for a confirmation:
//   reader: MGET → nothing, not live: outdated
//   feed:                                        live, refresh
//   reader:                                                       joins the read, which was "heard"   → stale for ever
it.each([false, true])('a key that is not there is heard only where the feed is live: %s', async isLive => {
  const memory = new TenantMemory('acme', new Sieve(10), 0);
  if (isLive) memory.continuity.setLive(true, () => 0);
  const gate = { opened: () => undefined, caughtUp: () => true, position: undefined, isFollowing: () => true };
  const parts = {
    reader: { read: async () => NOTHING },
    counters: createCounters(),
    now: () => 0,
    open: createEnvelopeOpener(false),
    options: { readTimeoutMs: 15_000, backoffMs: 1, maxBackoffMs: 1, random: () => 0.5 },
    report: () => undefined,
    unsourced: new Set(),
    refused: () => undefined,
  };
  const reads = new RedisReads(memory, gate as unknown as FeedGate, parts as unknown as ReadParts);
  const slot = memory.pin('plan:id:1');
  expect(await reads.read(slot)).toEqual({ isHeard: isLive, isMissing: true });
  expect(slot.isConfirmed(() => 0)).toBe(isLive);
});
