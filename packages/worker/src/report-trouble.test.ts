import { TenantryError, withoutValues } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { reportTrouble } from './report-trouble.ts';

const trouble = (message: string) => new TenantryError('UNAVAILABLE', message);

it('tells the same trouble once a minute, and another one at once', () => {
  const told: string[] = [];
  let now = 0;
  const report = reportTrouble(
    error => told.push(error.message),
    () => now,
  );
  for (now = 0; now < 60_000; now += 500) report(trouble('a'));
  expect(told).toEqual(['a']);
  report(trouble('b'));
  report(trouble('a'));
  expect(told).toEqual(['a', 'b', 'a']);
});

it('survives an onError that throws', () => {
  const report = reportTrouble(() => {
    throw new Error('mine');
  });
  expect(() => report(trouble('a'))).not.toThrow();
});

it('keeps the name and the code of an error, and nothing that it says', () => {
  const sql = Object.assign(new Error("update t set a = 's3cr3t'"), { name: 'DriverException', code: 'ER_X' });
  expect(withoutValues(sql, 'Relaying').message).toBe(
    'Relaying failed with DriverException (ER_X); it is tried again.',
  );
  const reply = Object.assign(new Error("OOM command not allowed when used memory > 'maxmemory'."), {
    name: 'ReplyError',
    command: { args: ['s3cr3t'] },
  });
  expect(withoutValues(reply, 'Relaying').message).toBe('Relaying failed with ReplyError (OOM); it is tried again.');
  expect(withoutValues('s3cr3t', 'Relaying').message).not.toContain('s3cr3t');
  const own = trouble('mine');
  expect(withoutValues(own, 'Relaying')).toBe(own);
});
