import { expect, it } from 'vitest';
import { TenantryError } from './tenantry-error.ts';
import { withoutValues } from './without-values.ts';

it('keeps the name and the code of an error, and nothing that it says', () => {
  const sql = Object.assign(new Error("update t set a = 's3cr3t'"), { name: 'DriverException', code: 'ER_X' });
  expect(withoutValues(sql, 'Relaying').message).toBe(
    'Relaying failed with DriverException (ER_X); it is tried again.',
  );
  // MariaDB's ER_CONSTRAINT_FAILED, as mysql2 names it.
  const numbered = Object.assign(new Error('s3cr3t'), { name: 'DriverException', code: 'ER_OTHER', errno: 4025 });
  expect(withoutValues(numbered, 'Writing').message).toBe(
    'Writing failed with DriverException (ER_OTHER, 4025); it is tried again.',
  );
  // Of Node's own errors the number says no more than the code.
  const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', errno: -111 });
  expect(withoutValues(away, 'Writing').message).toBe('Writing failed with Error (ECONNREFUSED); it is tried again.');
  const reply = Object.assign(new Error("OOM command not allowed when used memory > 'maxmemory'."), {
    name: 'ReplyError',
    command: { args: ['s3cr3t'] },
  });
  expect(withoutValues(reply, 'Relaying').message).toBe('Relaying failed with ReplyError (OOM); it is tried again.');
  // A minifier leaves its class no name.
  const minified = Object.assign(new Error('NOPERM this user may not'), { name: 'b', command: { args: ['s3cr3t'] } });
  expect(withoutValues(minified, 'Relaying').message).toBe(
    'Relaying failed with ReplyError (NOPERM); it is tried again.',
  );
  expect(withoutValues('s3cr3t', 'Relaying').message).not.toContain('s3cr3t');
  const own = new TenantryError('UNAVAILABLE', 'mine');
  expect(withoutValues(own, 'Relaying')).toBe(own);
});
