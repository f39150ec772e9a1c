import { ReplyError } from 'ioredis';
import { expect, it } from 'vitest';
import { isAborted, isConnectionLost, isRefusal } from './redis-errors.ts';

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

it('knows what was lost with a connection by the error alone', () => {
  for (const message of [
    ...['Connection is closed.', 'Command aborted due to connection close', 'Command timed out', 'connect ETIMEDOUT'],
    'Reached the max retries per request limit (which is 20). Refer to "maxRetriesPerRequest" option for details.',
    "Stream isn't writeable and enableOfflineQueue options is false",
    ...[
      'None of startup nodes is available',
      'Failed to refresh slots cache.',
      'LOADING Redis is loading the dataset in memory',
    ],
    "READONLY You can't write against a read only replica.",
  ])
    expect(isConnectionLost(new Error(message)), message).toBe(true);
  expect(isConnectionLost(Object.assign(new Error('read ECONNRESET'), { syscall: 'read' }))).toBe(true);
  for (const error of [
    new Error('for once'),
    new b('NOPERM no permissions'),
    new TypeError('x is not a function'),
    'lost',
  ])
    expect(isConnectionLost(error)).toBe(false);
});
