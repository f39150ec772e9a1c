import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { checkDeletions, confirmDeletions } from './allow-deletions.ts';
import type { Plan, PlannedChange } from './plan.ts';

const change = (op: 'set' | 'unset', i: number): PlannedChange => ({
  ...{ config: `c${i}`, op, ifVersion: 1, isSecret: false, isAlone: false, place: 'x' },
});
const planOf = (deletions: number, owned: number) => {
  const changes = Array.from({ length: deletions }, (_, i) => change('unset', i));
  return { owned, scopes: [{ scope: 'tenants/acme', changes: [change('set', -1), ...changes] }] } as unknown as Plan;
};

// L6
describe('deletions', () => {
  it.each<[deletions: number, owned: number, maxPrune: string | undefined, isFine: boolean]>([
    [1, 3, undefined, true],
    [2, 19, undefined, false],
    [2, 20, undefined, true],
    [0, 0, '0', true],
    [1, 1, '0', false],
    [1, 1, '0%', true],
    [5, 10, '50%', true],
    [6, 10, '50%', false],
    [6, 10, '6', true],
    [10, 10, '100%', true],
  ])('%i of %i with --max-prune %s: %s', (deletions, owned, maxPrune, isFine) => {
    const checking = () => checkDeletions(planOf(deletions, owned), { maxPrune });
    if (isFine) expect(checking).not.toThrow();
    else expect(checking).toThrow(`--max-prune ${deletions}.`);
  });

  it.each(['101%', '-1', '10 %', 'all', ''])('--max-prune %j is refused', maxPrune => {
    expect(() => checkDeletions(planOf(0, 1), { maxPrune })).toThrow('whole number');
  });
});

describe('a person', () => {
  function terminal(typed: string) {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const stderr = Object.assign(new PassThrough(), { isTTY: true });
    stdin.write(`${typed}\n`);
    return { stdin, stderr, signal: new AbortController().signal };
  }

  it('is asked on a terminal for the number of values that go, and only that number will do', async () => {
    const io = terminal('3');
    await confirmDeletions(planOf(3, 9), { yes: false }, io);
    expect(String(io.stderr.read())).toContain('3 values would be taken away. Type 3 to go on');
    for (const typed of ['y', '', '30'])
      await expect(confirmDeletions(planOf(3, 9), { yes: false }, terminal(typed))).rejects.toMatchObject({
        code: 'NEEDS_YES',
      });
  });

  it('is not asked where nothing goes, where --yes stands, or where there is no terminal', async () => {
    const silent = { ...terminal(''), stdin: Object.assign(new PassThrough(), { isTTY: false }) };
    await confirmDeletions(planOf(0, 9), { yes: false }, silent);
    await confirmDeletions(planOf(3, 9), { yes: true }, silent);
    await expect(confirmDeletions(planOf(3, 9), { yes: false }, silent)).rejects.toMatchObject({ code: 'NEEDS_YES' });
  });
});
