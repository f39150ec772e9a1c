import { expect, it } from 'vitest';
import { auditQuery } from './audit-query.ts';
import { diffText } from './diff-text.ts';

it('the last day of a filter counts to its end, and what is no day is none', () => {
  const { since, until } = auditQuery({ since: '2026-11-30', until: '2026-11-30' });
  expect(Number(until) - Number(since)).toBe(86_400_000);
  for (const day of ['2026-13-01', '2026-02-30', '2026-00-10', '2026-01-00', '2100-02-29'])
    expect(auditQuery({ since: day, until: day })).toEqual({});
  expect(auditQuery({ since: '2024-02-29' }).since).toBeDefined();
  // As a browser has it after the first digit of a year.
  expect(auditQuery({ since: '0002-11-30', until: '0099-11-30' })).toMatchObject({ since: '0', until: '0' });
  expect(auditQuery({ since: 'x', actor: 'ann' })).toMatchObject({ since: undefined, actor: 'ann' });
});

it('a diff is one line, and what is none is none', () => {
  expect(
    diffText([
      { op: 'replace', path: '/a', value: 1 },
      { op: 'remove', path: '/b' },
    ]),
  ).toBe('/a: 1, /b: removed');
  expect([diffText(undefined), diffText({}), diffText([])]).toEqual([undefined, undefined, undefined]);
});
