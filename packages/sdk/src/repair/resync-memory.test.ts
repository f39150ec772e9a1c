import type { ReplicaReader } from '@tenantry/redis';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { Sieve } from '../memory/sieve.ts';
import { TenantMemory } from '../memory/tenant-memory.ts';
import type { CompareParts } from './compare-memory.ts';
import { resyncMemory } from './resync-memory.ts';

const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;

// A client is closed in the middle of it: nothing tells the comparison.
it('keeps no process alive while it waits for the feed', async () => {
  const memory = new TenantMemory('acme', new Sieve(10), 0);
  memory.pin('plans:id:1');
  let looks = 0;
  const reader = { read: async () => ({ envelopes: [null], head: { epoch: 'e', seq: 5 } }) };
  const parts = {
    reader: reader as unknown as ReplicaReader,
    position: () => undefined,
    caughtUp: async () => ++looks < 0,
    now: Date.now,
    options: { feedTimeoutMs: 60 },
  };
  const before = timers();
  const resync = resyncMemory(memory, parts as unknown as CompareParts).catch(error => error.code);
  // eventually() has a timer of its own between two looks, and none while it looks.
  await eventually(() => expect(looks).toBeGreaterThan(3), { intervalMs: 1 });
  expect(timers()).toBeLessThanOrEqual(before);
  expect(await resync).toBe('UNAVAILABLE');
});
