import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { checkWorkerOptions } from './worker-options.ts';

const redis = new Redis({ lazyConnect: true });
const orm = { em: {} } as never;

it('has a default for everything but the ORM and the connection', () => {
  expect(checkWorkerOptions({ orm, redis, relayEveryMs: undefined, onError: undefined })).toMatchObject({
    relayEveryMs: 1_000,
    fillEveryMs: 5_000,
    purgeEveryMs: 3_600_000,
    tombstoneAgeMs: 86_400_000,
    auditLogRetentionMs: 0,
    closeTimeoutMs: 10_000,
  });
});

it.each([
  [{ relayEveryMs: 5 }, '`relayEveryMs` must be a whole number from 10 to 86400000, got 5 (number).'],
  [{ fillEveryMs: 1.5 }, '`fillEveryMs` must be'],
  // A timer that is too long for Node would fire at once.
  [{ purgeEveryMs: 2 ** 31 }, '`purgeEveryMs` must be'],
  [{ tombstoneAgeMs: '1d' }, '`tombstoneAgeMs` must be a whole number from 10 to 315360000000, got "1d" (string).'],
  [{ auditLogRetentionMs: -1 }, '`auditLogRetentionMs` must be a whole number from 0 to'],
  // Thirty days, in seconds.
  [{ auditLogRetentionMs: 2_592_000 }, '`auditLogRetentionMs` must be 0, or at least 3,600,000 ms (1 hour), got'],
  [{ closeTimeoutMs: null }, '`closeTimeoutMs` must be a whole number from 10 to 86400000, got null.'],
  [{ closeTimeoutMs: Number.NaN }, '`closeTimeoutMs` must be'],
  [{ prefix: 'a b' }, '`prefix` must be'],
  [{ onError: 'log' }, '`onError` must be a function, got "log" (string).'],
  [{ orm: undefined }, '`orm` must be a MikroORM instance, got undefined.'],
  [{ redis: undefined }, '`redis` must be an ioredis Redis or Cluster instance, got undefined.'],
])('checks %o at the door', (wrong, message) => {
  expect(() => checkWorkerOptions({ orm, redis, ...wrong } as never)).toThrow(message);
});

it('refuses a client with a key prefix, which BullMQ would refuse later', () => {
  const prefixed = new Redis({ lazyConnect: true, keyPrefix: 'mine:' });
  expect(() => checkWorkerOptions({ orm, redis: prefixed })).toThrow('`redis` must not have a `keyPrefix`');
});
