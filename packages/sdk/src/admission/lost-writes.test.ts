import type { FeedChange } from '@tenantry/protocol/wire';
import { describe, expect, it } from 'vitest';
import { Sieve } from '../memory/sieve.ts';
import { TenantMemory } from '../memory/tenant-memory.ts';
import { configPut, configRetired, configUnset, limits } from '../published-configs.fixture.ts';
import { admitReply, type ReplyMoment } from './admit-reply.ts';
import { applyMessage } from './apply-message.ts';
import { createEnvelopeOpener } from './open-envelope.ts';

const open = createEnvelopeOpener();
const now = () => 1_000;
const put = (version: number, most: unknown) => configPut(limits, version, { most });

/** A memory that shows version 9 of the config, from a life of the feed that is over. */
function memoryOfLost() {
  const memory = new TenantMemory('acme', new Sieve(10), 0);
  const slot = memory.pin(limits.address, limits);
  memory.continuity.setLive(true, now);
  const hear = (seq: number, { owner, version, op, addresses, envelope }: ReturnType<typeof put>) => {
    const change: FeedChange = { owner, version, op, addresses, envelope };
    applyMessage(memory, { kind: 'changes', epoch: 'e', seq, tag: 't', changes: [change] }, open, now);
  };
  const answer = (relation: ReplyMoment['relation'], seq: number, most: unknown) => {
    const moment = { generation: memory.generation, seq, relation, absentIsGone: true, now };
    return admitReply(memory, slot, put(9, most).envelope as Buffer, moment, open);
  };
  const shown = () => ({ value: slot.value, stale: slot.isStale(now) });
  hear(5, put(9, 9));
  memory.endContinuity();
  return { slot, hear, answer, shown };
}

describe('a config in a new life of the feed', () => {
  it('is unset at its own version or at a newer one, and set again at the very version', () => {
    for (const version of [9, 10]) {
      const { hear, shown } = memoryOfLost();
      hear(1, configUnset(limits, version));
      expect(shown()).toEqual({ value: undefined, stale: false });
      // The unset was lost as well.
      hear(2, put(version, 90));
      expect(shown()).toEqual({ value: { most: 90 }, stale: false });
    }
  });

  it('is not brought back by versions from below the one that was lost, once it was retired', () => {
    const { slot, hear, shown } = memoryOfLost();
    hear(1, put(7, 7));
    expect(shown()).toEqual({ value: { most: 9 }, stale: true });
    hear(2, configRetired(limits, 7));
    expect(shown()).toEqual({ value: undefined, stale: false });
    expect(slot.news.ended).toBe(true);
    hear(3, put(8, 8));
    expect(shown()).toEqual({ value: undefined, stale: true });
    hear(4, put(9, 90));
    expect(shown()).toEqual({ value: { most: 90 }, stale: false });
  });

  it('keeps what it shows against a reply of the other life, and says so', () => {
    const { answer, shown } = memoryOfLost();
    expect(answer('unrelated', 4, 8)).toBe('kept');
    expect(shown()).toEqual({ value: { most: 9 }, stale: true });
    expect(answer('ahead', 2, 90)).toBe('changed');
    expect(shown()).toEqual({ value: { most: 90 }, stale: true });
    expect(answer('heard', 2, 90)).toBe('same');
    expect(shown()).toEqual({ value: { most: 90 }, stale: false });
  });

  it('does not call the lost value fresh because the one that Redis has cannot be decoded', () => {
    const { hear, answer, shown } = memoryOfLost();
    expect(() => answer('heard', 1, 'many')).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    expect(shown()).toEqual({ value: { most: 9 }, stale: true });
    hear(2, put(9, 'many'));
    expect(shown()).toEqual({ value: { most: 9 }, stale: true });
    hear(3, put(9, 90));
    expect(shown()).toEqual({ value: { most: 90 }, stale: false });
  });
});
