import { seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { type BreakerEvent, type BreakerState, breakerWaitMs, CLOSED, nextBreaker, PROBE_MS } from './breaker.ts';

const limits = { failures: 2, openMs: 1_000 };
const AT = 10_000;

const failedOnce: BreakerState = { ...CLOSED, failures: 1 };
const open: BreakerState = { name: 'open', failures: 2, openedAt: 9_500, until: 10_500, life: 1 };
const due: BreakerState = { ...open, until: AT };
const halfOpen: BreakerState = { ...due, name: 'halfOpen', life: 2 };

// I3, I4. Each state, what happens, and what it is then.
const TABLE: readonly [string, BreakerState, BreakerEvent, BreakerState][] = [
  ['closed lets a call go', CLOSED, 'asked', CLOSED],
  ['closed stays so with an answer', CLOSED, 'answered', CLOSED],
  ['closed counts a failure', CLOSED, 'failed', failedOnce],
  ['closed does not count an aborted call', failedOnce, 'aborted', failedOnce],
  ['an answer ends the failures in a row', failedOnce, 'answered', { ...CLOSED, life: 1 }],
  [
    'the last failure opens it',
    failedOnce,
    'failed',
    { name: 'open', failures: 2, openedAt: AT, until: 11_000, life: 1 },
  ],
  ['open, with its pause over, lets one go', due, 'asked', halfOpen],
  ['half open closes with an answer', halfOpen, 'answered', { ...CLOSED, life: 3 }],
  ['half open opens again with a failure', halfOpen, 'failed', { ...open, failures: 3, until: 11_000, life: 3 }],
  ['half open lets the next one go after an aborted call', halfOpen, 'aborted', { ...due, life: 3 }],
];

describe('a breaker', () => {
  it.each(TABLE)('%s', (_, state, event, next) => {
    expect(nextBreaker(state, event, AT, limits)).toEqual(next);
  });

  it.each([
    ['closed: now', CLOSED, 0],
    ['open: when its pause is over', open, 500],
    ['open, with its pause over: now', due, 0],
    ['half open: soon, for one call is out', halfOpen, PROBE_MS],
    ['a clock that was put back: after one pause at most', { ...open, until: AT + 1e9 }, 1_000],
  ])('says when a call may go. %s', (_, state, waitMs) => {
    expect(breakerWaitMs(state, AT, limits)).toBe(waitMs);
  });

  it.each(['answered', 'failed', 'aborted'] as const)('hears nothing from a call of an earlier life: %s', event => {
    for (const state of [open, halfOpen]) expect(nextBreaker(state, event, AT, limits, state.life - 1)).toBe(state);
  });

  it('lets exactly one call go while it is half open, and never more than its failures in a row before it opens', () => {
    const random = seededRandom();
    let [state, at]: [BreakerState, number] = [CLOSED, 0];
    const out = new Set<number>();
    for (let step = 0; step < 20_000; step++) {
      at += random.int(0, 400);
      if (random.chance(0.5)) {
        if (breakerWaitMs(state, at, limits) > 0) continue;
        const before = state.name;
        state = nextBreaker(state, 'asked', at, limits);
        if (before === 'open') expect(out.has(state.life)).toBe(false);
        out.add(state.life);
      } else {
        const event = random.pick(['answered', 'failed', 'aborted'] as const);
        state = nextBreaker(state, event, at, limits, random.pick([state.life, Math.max(0, state.life - 1)]));
        if (state.name === 'closed') expect(state.failures).toBeLessThan(limits.failures);
      }
      if (state.name === 'halfOpen') expect(breakerWaitMs(state, at, limits)).toBe(PROBE_MS);
    }
  });
});
