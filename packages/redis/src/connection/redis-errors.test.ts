import { ReplyError } from 'ioredis';
import { expect, it } from 'vitest';
import { isAborted, isRefusal } from './redis-errors.ts';

const command = { name: 'get', args: ['a'] };
// A minifier calls it so; in ioredis 5 the error's own name follows.
class b extends (ReplyError as new (message: string) => Error) {}

it('knows what Redis refused, whatever the class of the error is called', () => {
  const refused = Object.assign(new b('NOPERM this user has no permissions'), { command });
  expect(refused.name).toBe('b');
  expect(isRefusal(refused)).toBe(true);
  expect(isRefusal(Object.assign(new Error('WRONGTYPE Operation against a key'), { command }))).toBe(true);
});

it('takes nothing for a refusal that Redis did not say', () => {
  expect(isRefusal(new Error('ERR of somebody else'))).toBe(false);
  expect(isRefusal(Object.assign(new Error('Command aborted due to connection close'), { command }))).toBe(false);
  expect(isRefusal(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))).toBe(false);
  expect(isRefusal('NOPERM')).toBe(false);
});

it('knows what ioredis gave up by what it says', () => {
  expect(isAborted(new b('No sharded subscriber for slot: 12'))).toBe(true);
  expect(isAborted(new Error('No subscriber for the cluster'))).toBe(true);
  expect(isAborted(new Error('Cluster is ended.'))).toBe(true);
  expect(isAborted(Object.assign(new b('MOVED 1 a:1'), { command }))).toBe(false);
});
