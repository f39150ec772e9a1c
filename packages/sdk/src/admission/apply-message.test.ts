import { createPayloadCodec, encodeEnvelope, type FeedChange } from '@tenantry/protocol/wire';
import { describe, expect, it } from 'vitest';
import { Sieve } from '../memory/sieve.ts';
import { TenantMemory } from '../memory/tenant-memory.ts';
import { admitReply } from './admit-reply.ts';
import { applyMessage } from './apply-message.ts';
import { createEnvelopeOpener } from './open-envelope.ts';

const codec = createPayloadCodec();
const open = createEnvelopeOpener();
const now = () => 1_000;

function put(owner: string, version: number, addresses: string[], more: Partial<FeedChange> = {}): FeedChange {
  const envelope = encodeEnvelope({
    version,
    updatedAt: 1,
    expiresAt: 0,
    owner,
    payload: codec.encode(`${owner}@${version}`),
  });
  return { owner, version, op: 'put', addresses, envelope, ...more };
}

/** A memory that wants these addresses. */
function memoryOf(...addresses: string[]) {
  const memory = new TenantMemory('acme', new Sieve(100), 0);
  for (const address of addresses) {
    const slot = memory.pin(address);
    memory.clear(slot);
    memory.confirm(slot, 0);
  }
  const hear = (seq: number, ...changes: FeedChange[]) =>
    applyMessage(memory, { kind: 'changes', epoch: 'e', seq, tag: 't', changes }, open, now);
  const values = () => Object.fromEntries(addresses.map(address => [address, memory.slots.get(address)?.value]));
  return { memory, hear, values };
}

describe('applyMessage', () => {
  it('takes in only what somebody wants', () => {
    const { memory, hear, values } = memoryOf('a');
    hear(1, put('r:1', 1, ['a', 'b']));
    expect(values()).toEqual({ a: 'r:1@1' });
    expect([...memory.slots.keys()]).toEqual(['a']);
  });

  it('never goes back', () => {
    const { hear, values } = memoryOf('a');
    hear(1, put('r:1', 5, ['a']));
    hear(2, put('r:1', 4, ['a']), put('r:2', 4, ['a']));
    expect(values()).toEqual({ a: 'r:1@5' });
    hear(3, { owner: 'r:1', version: 6, op: 'delete', addresses: [], envelope: undefined });
    hear(4, put('r:1', 5, ['a']));
    expect(values()).toEqual({ a: undefined });
    hear(5, put('r:2', 4, ['a']));
    expect(values()).toEqual({ a: 'r:2@4' });
  });

  it('swaps a key between two records of one message, in either order', () => {
    for (const order of [0, 1]) {
      const { hear, values } = memoryOf('a', 'b');
      hear(1, put('r:1', 1, ['a']), put('r:2', 2, ['b']));
      const swap = [put('r:1', 3, ['b']), put('r:2', 4, ['a'])];
      hear(2, ...(order === 0 ? swap : swap.toReversed()));
      expect(values()).toEqual({ a: 'r:2@4', b: 'r:1@3' });
    }
  });

  it('does not show the record that a key went from in what it had been before, whichever was told first', () => {
    for (const order of [0, 1]) {
      const { memory, hear, values } = memoryOf('a', 'b');
      hear(1, put('r:1', 1, ['a']));
      const move = [put('r:1', 3, ['b']), put('r:2', 4, ['a'])];
      hear(2, ...(order === 0 ? move : move.toReversed()));
      // Redis was restored to an older snapshot.
      memory.endContinuity();
      const older = put('r:1', 1, ['a']).envelope as Buffer;
      const at = { seq: 1, generation: memory.generation, relation: 'heard' as const, absentIsGone: true, now };
      expect(admitReply(memory, memory.pin('a'), older, at, open)).toBe('older');
      expect(values()).toEqual({ a: 'r:2@4', b: 'r:1@3' });
    }
  });

  it('does not show a record under one key in a version from before the one that another key showed', () => {
    const { memory, hear, values } = memoryOf('a', 'b');
    hear(1, put('r:1', 5, ['a']));
    // Redis was restored to a snapshot in which r:1 stood elsewhere.
    memory.endContinuity();
    const at = { seq: 1, generation: memory.generation, relation: 'heard' as const, absentIsGone: true, now };
    const older = put('r:1', 3, ['b']).envelope as Buffer;
    expect(admitReply(memory, memory.pin('b'), older, at, open)).toBe('older');
    expect(values()).toEqual({ a: 'r:1@5', b: undefined });
    expect(memory.pin('b').isStale(now)).toBe(true);
    hear(2, put('r:1', 8, ['a']));
    expect(admitReply(memory, memory.pin('b'), null, { ...at, seq: 2 }, open)).toBe('same');
    expect(memory.pin('b').isConfirmed(now)).toBe(true);
  });

  it('does not show who had held a key before others did, when Redis goes back that far', () => {
    const { memory, hear, values } = memoryOf('a');
    hear(1, put('r:1', 1, ['a']));
    hear(2, put('r:1', 3, []), put('r:2', 4, ['a']));
    hear(3, put('r:2', 5, []), put('r:3', 6, ['a']));
    memory.endContinuity();
    const older = put('r:1', 1, ['a']).envelope as Buffer;
    const at = { seq: 1, generation: memory.generation, relation: 'heard' as const, absentIsGone: true, now };
    expect(admitReply(memory, memory.pin('a'), older, at, open)).toBe('older');
    expect(values()).toEqual({ a: 'r:3@6' });
    expect(memory.pin('a').isStale(now)).toBe(true);
  });

  it('does not call fresh what Redis kept under a key that the record had left, whichever of its keys is read first', () => {
    for (const order of [0, 1]) {
      const { memory, hear } = memoryOf('a', 'b');
      memory.continuity.setLive(true, now);
      hear(1, put('r:1', 5, ['a', 'b']));
      // Redis lost its list of records and its feed, so nobody knew of a when r:1 left it.
      memory.endContinuity();
      const at = { seq: 3, generation: memory.generation, relation: 'heard' as const, absentIsGone: true, now };
      const [a, b] = [memory.pin('a'), memory.pin('b')];
      const left = () => admitReply(memory, a, put('r:1', 5, ['a', 'b']).envelope as Buffer, at, open);
      const moved = () => admitReply(memory, b, put('r:1', 8, ['b']).envelope as Buffer, at, open);
      expect(order === 0 ? [left(), moved()] : [moved(), left()]).toEqual(
        order === 0 ? ['same', 'changed'] : ['changed', 'older'],
      );
      expect([a.isStale(now), b.isStale(now)]).toEqual([true, false]);
      // It is repaired.
      hear(4, put('r:1', 9, ['b']));
      expect(a.knowledge.outdated).toBe(true);
      admitReply(memory, a, null, { ...at, seq: 4 }, open);
      expect([a.value, a.isStale(now)]).toEqual([undefined, false]);
    }
  });

  it('asks Redis again when whoever it went back to leaves the key once more', () => {
    const { memory, hear } = memoryOf('a');
    memory.continuity.setLive(true, now);
    hear(1, put('r:1', 1, ['a']));
    hear(2, put('r:1', 3, []), put('r:2', 4, ['a']));
    hear(3, put('r:2', 5, []));
    memory.endContinuity();
    const slot = memory.pin('a');
    const at = { seq: 1, generation: memory.generation, relation: 'heard' as const, absentIsGone: true, now };
    expect(admitReply(memory, slot, put('r:1', 1, ['a']).envelope as Buffer, at, open)).toBe('older');
    expect(hear(2, put('r:1', 7, [])).touched).toContain(slot);
    expect(admitReply(memory, slot, null, { ...at, seq: 2 }, open)).toBe('same');
    expect([slot.value, slot.isStale(now)]).toEqual([undefined, false]);
  });

  it('does not replay what a reply already included', () => {
    const { memory, hear, values } = memoryOf('a');
    const slot = memory.pin('a');
    memory.clear(slot);
    memory.confirm(slot, 7);
    hear(7, put('r:1', 5, ['a']));
    expect(values()).toEqual({ a: undefined });
    hear(8, put('r:1', 6, ['a']));
    expect(values()).toEqual({ a: 'r:1@6' });
  });

  it('keeps the old value, known to be old, where the new one was not pushed', () => {
    const { memory, hear, values } = memoryOf('a');
    hear(1, put('r:1', 1, ['a']));
    hear(2, put('r:1', 2, ['a'], { envelope: undefined }));
    expect(values()).toEqual({ a: 'r:1@1' });
    expect(memory.slots.get('a')?.isConfirmed(now)).toBe(false);
  });

  it('keeps the last good value where the new one cannot be decoded, and says so once', () => {
    const { memory, hear, values } = memoryOf('a', 'b', 'c');
    hear(1, put('r:1', 1, ['a', 'b']));
    const { troubles } = hear(2, put('r:1', 2, ['a', 'b', 'c'], { envelope: Buffer.from('foreign') }));
    expect(troubles).toMatchObject([{ code: 'UNKNOWN_FORMAT' }]);
    expect(values()).toEqual({ a: 'r:1@1', b: 'r:1@1', c: undefined });
    expect(memory.slots.get('a')?.isStale(now)).toBe(true);
    hear(3, put('r:1', 3, ['a', 'b', 'c']));
    expect(values()).toEqual({ a: 'r:1@3', b: 'r:1@3', c: 'r:1@3' });
  });

  it('does not call absent what another record may have taken while nobody listened', () => {
    const { memory, hear, values } = memoryOf('a');
    hear(1, put('r:1', 1, ['a']));
    memory.endContinuity();
    hear(9, put('r:1', 3, ['b']));
    expect(values()).toEqual({ a: 'r:1@1' });
    expect(memory.slots.get('a')?.isConfirmed(now)).toBe(false);
    const taken = put('r:2', 2, ['a']).envelope as Buffer;
    const at = { seq: 8, generation: memory.generation, relation: 'heard' as const, absentIsGone: true, now };
    expect(admitReply(memory, memory.pin('a'), taken, at, open)).toBe('changed');
    expect(values()).toEqual({ a: 'r:2@2' });
  });

  it('asks Redis where it cannot tell whose key it is, and takes no reply from before', () => {
    const { memory, hear, values } = memoryOf('a');
    hear(1, put('r:1', 5, ['a']));
    memory.endContinuity();
    // r:1 may have left meanwhile, or still be there and have kept r:2 out.
    hear(9, put('r:2', 4, ['a']));
    expect(values()).toEqual({ a: 'r:1@5' });
    expect(memory.slots.get('a')?.knowledge.outdated).toBe(true);
    const at = { generation: memory.generation, relation: 'heard' as const, absentIsGone: true, now };
    expect(admitReply(memory, memory.pin('a'), null, { ...at, seq: 8 }, open)).toBe('overtaken');
    const taken = put('r:2', 4, ['a']).envelope as Buffer;
    expect(admitReply(memory, memory.pin('a'), taken, { ...at, seq: 9 }, open)).toBe('changed');
    expect(values()).toEqual({ a: 'r:2@4' });
  });
});
