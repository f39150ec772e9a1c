import { expect, it } from 'vitest';
import { parseReport, type Report, type TestRow } from '../vitest/read-report.ts';
import { formatRows, huntTable, interestingRows } from './hunt-table.ts';

const report = (...tests: readonly Partial<TestRow>[]): Report => ({
  tests: tests.map(test => ({ file: 'sdk/watch.int.test.ts', name: 'a', state: 'passed', ms: 10, ...test })),
  brokenFiles: [],
  fileMs: new Map(),
});

it('counts the runs and failures of each test, and keeps its slowest run and its first message', () => {
  const table = huntTable([
    report({ ms: 30 }, { name: 'b' }),
    report({ state: 'failed', ms: 20, message: 'first' }, { name: 'b', state: 'skipped' }),
    report({ state: 'failed', ms: 5, message: 'second' }),
  ]);
  const file = 'sdk/watch.int.test.ts';
  expect(table).toEqual([
    { file, name: 'a', runs: 3, failures: 2, slowestMs: 30, message: 'first' },
    { file, name: 'b', runs: 1, failures: 0, slowestMs: 10, message: undefined },
  ]);
});

it('tells tests of the same name in different files apart', () => {
  expect(huntTable([report({}, { file: 'redis/watch.int.test.ts' })])).toHaveLength(2);
});

it('counts a file that breaks outside of its tests as a failure', () => {
  const broken = { ...report(), brokenFiles: [{ file: 'sdk/acl.int.test.ts', message: 'no such module' }] };
  expect(huntTable([broken])).toMatchObject([{ failures: 1, message: 'no such module' }]);
});

it('shows every failure, and of the rest the slowest ten', () => {
  const tests = Array.from({ length: 30 }, (_, i): Partial<TestRow> => {
    return { name: `test ${i}`, ms: i, state: i < 12 ? 'failed' : 'passed' };
  });
  const shown = interestingRows(huntTable([report(...tests)]));
  expect(shown).toHaveLength(22);
  expect(shown.slice(0, 12).every(({ failures }) => failures === 1)).toBe(true);
  expect(shown[12]).toMatchObject({ name: 'test 29', slowestMs: 29 });
});

it('prints a line for each test, numbers first', () => {
  const lines = formatRows(huntTable([report({ ms: 1234 })])).split('\n');
  expect(lines[0]).toMatch(/^ +runs +failures +slowest s {2}test$/);
  expect(lines[1]).toMatch(/^ +1 +0 +1\.2 {2}sdk\/watch\.int\.test\.ts {2}a$/);
});

it('reads what the JSON reporter writes', () => {
  const file = (more: object): object => ({
    name: '/x/packages/sdk/src/a/b.int.test.ts',
    startTime: 5,
    endTime: 9,
    ...more,
  });
  const test = { fullName: 'does it', status: 'failed', duration: 3.6, failureMessages: ['why'] };
  const skipped = { fullName: 'later', status: 'pending' };
  const read = parseReport(
    JSON.stringify({
      testResults: [
        file({ status: 'failed', assertionResults: [test, skipped] }),
        file({ name: '/x/tools/c.test.ts', status: 'failed', message: 'broken', assertionResults: [] }),
      ],
    }),
  );
  expect(read.tests).toEqual([
    { file: 'sdk/b.int.test.ts', name: 'does it', state: 'failed', ms: 4, message: 'why' },
    { file: 'sdk/b.int.test.ts', name: 'later', state: 'skipped', ms: 0, message: undefined },
  ]);
  expect(read.brokenFiles).toEqual([{ file: 'tools/c.test.ts', message: 'broken' }]);
  expect(read.fileMs.get('sdk/b.int.test.ts')).toBe(4);
});
