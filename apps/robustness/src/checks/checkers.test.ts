import { describe, expect, it } from 'vitest';
import { back } from '../traffic/definitions.ts';
import { checkers, findBreaches } from './all-checkers.ts';
import { expected, runOf, saw, standing, value } from './run.fixture.ts';

/** The promise and the sentence of the only breach. */
const breachOf = (...of: Parameters<typeof runOf>): string => {
  const breaches = findBreaches(runOf(...of));
  expect(breaches).toHaveLength(1);
  return `${breaches[0]?.promise}: ${breaches[0]?.sentence}`;
};

it('has one checker for each promise, a second one for each that means something across scopes, and two for files', () => {
  const all = Array.from({ length: 10 }, (_, i) => `G${i + 1}`);
  const scoped = all.filter(promise => !['G8', 'G9'].includes(promise));
  expect(checkers.map(({ promise }) => promise)).toEqual([...all, ...scoped, 'scopes', 'scopes', 'files', 'files']);
});

it('has nothing to say where every promise was kept', () => {
  const kept = runOf([
    saw('emission', 5, value(1)),
    saw('sample', 5, value(1)),
    saw('emission', 7, value(3)),
    { kind: 'together', tenant: 'acme', ns: [3, 3, 3] },
    { kind: 'call', what: 'entry', ms: 240 },
    { kind: 'write', what: 'change', stamp: 'w-3', outcome: 'committed', ms: 30, afterCommitMs: 20 },
    { kind: 'acknowledged', tenant: 'acme', config: 'back', stamp: 'w-4', version: 1 },
  ]);
  const revisions = [{ tenant: 'acme', config: 'back', version: 1, stamp: 'w-4', isWriteBack: true }];
  expect(findBreaches({ ...kept, final: { ...kept.final, revisions } })).toEqual([]);
});

describe('a breach is a sentence that names the record, its versions, who saw it and when', () => {
  it('G1: a change that waits for ever', () => {
    expect(breachOf([], { waiting: ['change 9 of plans 1 (0 attempts)'] })).toBe(
      'G1 durable: change 9 of plans 1 (0 attempts) is still in the outbox although nobody writes any more.',
    );
  });

  it('G1: a change that never came into Redis', () => {
    expect(breachOf([], { redis: new Map([['acme plans:id:1', standing(6, value(2))]]) })).toBe(
      'G1 durable: "acme plans:id:1" is n=3 by w-3 in the database, and Redis still has n=2 by w-2 (version 6).',
    );
  });

  it('G2: a state that was rolled back', () => {
    expect(breachOf([saw('emission', 6, value(9))])).toBe(
      'G2 silent: reader-1.1 saw plans 1 of "acme" in version 6, written by w-9, at 1.000 s: that was never committed.',
    );
  });

  it('G3: an older version', () => {
    expect(breachOf([saw('emission', 7, value(3)), saw('answer', 6, value(2), { at: 2_000 })])).toBe(
      'G3 forward: reader-1.1 saw plans 1 of "acme" under "plans:id:1" in version 6 at 2.000 s, and in version 7 before, at 1.000 s.',
    );
  });

  it('G3: an older state in a newer version', () => {
    expect(breachOf([saw('emission', 6, value(3)), saw('emission', 7, value(2), { at: 2_000 })])).toContain(
      'a newer version of an older state',
    );
  });

  it('G3: two states in one version', () => {
    const other = saw('emission', 7, value(2), { by: 'reader-2.1' });
    expect(breachOf([saw('emission', 7, value(3)), other])).toBe(
      'G3 forward: Version 7 of plans 1 of "acme" was written by w-3 for reader-1.1, and by w-2 for reader-2.1 at 1.000 s.',
    );
  });

  it('G4: half of a transaction', () => {
    expect(breachOf([{ kind: 'together', tenant: 'acme', ns: [3, 2, 3] }])).toBe(
      'G4 whole: reader-1.1 saw half of a transaction of "acme" at 1.000 s: plan n=3, limit n=2, config n=3 at one moment.',
    );
  });

  it('G5: a key that is left over', () => {
    const redis = new Map([
      ['acme plans:id:1', standing(7, value(3))],
      ['acme plans:slug:s1', standing(5, value(1))],
    ]);
    expect(breachOf([], { redis })).toBe(
      'G5 keyed: Redis has plans:1 (version 5) under "acme plans:slug:s1", where the tables put nothing.',
    );
  });

  it('G5: a key that is missing', () => {
    expect(breachOf([], { redis: new Map() })).toBe(
      'G5 keyed: Redis has nothing under "acme plans:id:1", where the tables put plans:1.',
    );
  });

  it('G5: a key in other hands', () => {
    const redis = new Map([['acme plans:id:1', { ...standing(7, value(3)), owner: 'plans:2' }]]);
    expect(breachOf([], { redis })).toBe(
      'G5 keyed: "acme plans:id:1" belongs to plans:2 in Redis (version 7), and to plans:1 by the tables.',
    );
  });

  it('G6: a reader that missed something', () => {
    const memory = new Map([['acme plans:id:1', { value: value(2), version: 6, stale: false }]]);
    expect(breachOf([], { readers: new Map([['reader-1.1', memory]]) })).toBe(
      'G6 gapless: reader-1.1 ended with n=2 by w-2 for "acme plans:id:1" (version 6); the database has n=3 by w-3.',
    );
  });

  it('G6: a reader that stays stale', () => {
    const memory = new Map([['acme plans:id:1', { value: value(3), version: 7, stale: true }]]);
    expect(breachOf([], { readers: new Map([['reader-1.1', memory]]) })).toBe(
      'G6 gapless: reader-1.1 still calls "acme plans:id:1" stale at the end.',
    );
  });

  it('G6: a reader that keeps a lost write-back, and calls it fresh', () => {
    const lost = { kind: 'fault', text: 'Redis is empty', lostData: true, by: 'run', at: 1_000 } as const;
    const ends = (stale: boolean) => {
      const memory = new Map([[`acme ${back.address}`, { value: value(2), version: 6, stale }]]);
      return runOf([lost], { readers: new Map([['reader-1.1', memory]]) });
    };
    expect(findBreaches(ends(true))).toEqual([]);
    expect(findBreaches(ends(false)).map(({ sentence }) => sentence)).toEqual([
      `reader-1.1 ended with n=2 by w-2 for "acme ${back.address}" (version 6); the database has nothing.`,
    ]);
  });

  it('G6: a feed that had to be helped', () => {
    expect(breachOf([], { repairedBySweep: new Map([['reader-1.1', 2]]) })).toBe(
      'G6 gapless: The sweep of reader-1.1 found 2 values that its feed should have told it, and had not.',
    );
  });

  const cutOff = { kind: 'unreachable', readers: ['reader-1.1'], by: 'run', at: 1_000 } as const;

  it('G7: a reader that is cut off and calls a value fresh', () => {
    expect(breachOf([cutOff, saw('sample', 7, value(3), { at: 5_000 })])).toBe(
      'G7 honest: reader-1.1 showed plans 1 of "acme" in version 7 at 5.000 s, cut off from Redis since 1.000 s, and called it fresh.',
    );
  });

  it('G7: a reader that makes itself younger', () => {
    const sample = saw('sample', 7, value(3), { at: 9_000, stale: true, age: 100 } as object);
    expect(breachOf([cutOff, sample])).toContain('and said that its age was 100 ms.');
  });

  it('G7: a value that is called fresh long after Redis had another', () => {
    const published = { kind: 'published', tenant: 'acme', addresses: ['plans:id:1'], version: 7 } as const;
    expect(breachOf([published, saw('sample', 6, value(2), { at: 9_000 })])).toBe(
      'G7 honest: reader-1.1 called plans 1 of "acme" fresh in version 6 at 9.000 s; Redis had version 7 under "plans:id:1" since 1.000 s.',
    );
  });

  it('G7: a loss that is taken for a delete', () => {
    const address = 'plans:id:101';
    const pair = saw('sample', 7, value(3), { address } as object);
    const gone = saw('emission', 0, value(3), { address, at: 9_000, value: undefined, version: undefined } as object);
    expect(breachOf([pair, gone])).toBe(
      'G7 honest: reader-1.1 called "plans:id:101" of "acme" absent, and fresh, at 9.000 s; it had seen version 7, and nobody deletes it.',
    );
    expect(findBreaches(runOf([pair, { ...gone, stale: true } as object]))).toEqual([]);
  });

  it('G8: a read that takes too long', () => {
    expect(breachOf([{ kind: 'call', what: 'entry', ms: 1_500 }])).toBe(
      'G8 bounded: reader-1.1 waited 1500 ms for `entry` at 1.000 s; its budget is 250 ms.',
    );
  });

  const write = {
    kind: 'write',
    what: 'change',
    stamp: 'w-3',
    outcome: 'committed',
    ms: 30,
    by: 'writer-1.1',
  } as const;

  it('G8: a commit that waits for Redis', () => {
    expect(breachOf([{ ...write, afterCommitMs: 4_000 }])).toBe(
      'G8 bounded: writer-1.1 waited 4000 ms after the commit of w-3 (change) at 1.000 s; the budget is 200 ms.',
    );
  });

  it('G8: a change of groups has the longer budget that the store says', () => {
    expect(findBreaches(runOf([{ ...write, what: 'membership', afterCommitMs: 1_900 }]))).toEqual([]);
    expect(breachOf([{ ...write, what: 'membership', afterCommitMs: 2_100 }])).toContain('the budget is 1000 ms.');
  });

  it('G8: a write that fails because of Redis', () => {
    const error = { code: 'UNAVAILABLE', text: 'Redis cannot be reached.' };
    expect(breachOf([{ ...write, outcome: 'failed', afterCommitMs: undefined, error }])).toContain(
      "failed at 1.000 s for a reason that is not the database's: Redis cannot be reached.",
    );
  });

  const told = {
    kind: 'acknowledged',
    tenant: 'acme',
    config: 'back',
    stamp: 'w-4',
    version: 2,
    by: 'writer-1.1',
  } as const;

  it('G9: an acknowledged write-back that is lost', () => {
    expect(breachOf([told])).toBe(
      'G9 kept: writer-1.1 was told at 1.000 s that w-4 is version 2 of back of "acme"; the database ends at version 0.',
    );
  });

  it('G9: a write-back that is written twice', () => {
    const revisions = [1, 2].map(version => ({
      tenant: 'acme',
      config: 'back',
      version,
      stamp: 'w-4',
      isWriteBack: true,
    }));
    expect(breachOf([told], { revisions })).toBe('G9 kept: The write-back back w-4 is in the history 2 times.');
  });

  it('G10: a value of another tenant', () => {
    expect(breachOf([saw('answer', 7, value(3, { tenantId: 'zeta' }))])).toBe(
      'G10 apart: reader-1.1 asked for "acme" and saw plans 1 of "zeta" at 1.000 s.',
    );
  });

  it('G10: a key of another tenant', () => {
    const strange = value(3, { tenantId: 'zeta' });
    const final = {
      expected: new Map([['acme plans:id:1', expected(strange)]]),
      redis: new Map([['acme plans:id:1', standing(7, strange)]]),
      fresh: new Map(),
      readers: new Map(),
    };
    expect(breachOf([], final)).toBe('G10 apart: Redis has plans:1 of "zeta" under "acme plans:id:1".');
  });
});
