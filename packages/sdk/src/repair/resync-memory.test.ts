import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';
import type { ReplicaReader } from '@tenantry/redis';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { createEnvelopeOpener } from '../admission/open-envelope.ts';
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

it('decodes what has changed fifty records at a time, and nothing in the step that shows all of it', async () => {
  const count = 1_234;
  const memory = new TenantMemory('acme', new Sieve(10), 0);
  const slots = Array.from({ length: count }, (_, id) => memory.pin(`plans:id:${id}`));
  const codec = createPayloadCodec();
  const reader = {
    // Redis answers in a turn of its own.
    read: async (_tenant: string, addresses: readonly string[]) => {
      await nextTurn();
      const envelopes = addresses.map(owner =>
        encodeEnvelope({ version: 1, updatedAt: 1, expiresAt: 0, owner, payload: codec.encode({ owner }) }),
      );
      return { envelopes, head: { epoch: 'e', seq: 5 } };
    },
  };
  let decoded = 0;
  const open = createEnvelopeOpener();
  const parts = {
    reader: reader as unknown as ReplicaReader,
    position: () => undefined,
    caughtUp: async () => {
      decoded = 0;
      return true;
    },
    now: Date.now,
    options: { feedTimeoutMs: 60 },
    counters: { foundByResync: 0 },
    open: (bytes: Buffer) => {
      const opened = open(bytes);
      return { ...opened, record: () => opened.record(void decoded++ as undefined) };
    },
  };
  let isOver = false;
  const resync = resyncMemory(memory, parts as unknown as CompareParts).finally(() => {
    isOver = true;
  });
  const perTurn: number[] = [];
  while (!isOver) {
    await nextTurn();
    perTurn.push(decoded);
    expect(slots.filter(({ state }) => state === 'present').length % count).toBe(0);
    decoded = 0;
  }
  await resync;
  expect(slots.every(({ state }) => state === 'present')).toBe(true);
  expect(Math.max(...perTurn)).toBe(50);
  // Its first was counted with the last part of what was decoded before it.
  expect(perTurn.at(-1)).toBe(0);
});
