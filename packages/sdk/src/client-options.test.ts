import { describe, expect, it } from 'vitest';
import { checkOptions } from './client-options.ts';
import { openRedis } from './open-redis.ts';

const redis = 'redis://localhost:6379';

describe('the options of createClient', () => {
  it('have their defaults', () => {
    expect(checkOptions({ redis, sweepMs: undefined })).toMatchObject({
      prefix: 'tenantry',
      readTimeoutMs: 250,
      maxEntries: 100_000,
      idleMs: 60_000,
      idleTenantMs: 600_000,
      maxTenants: 20_000,
      sweepMs: 60_000,
      heartbeatMs: 5_000,
      feedTimeoutMs: 1_000,
      backoffMs: 100,
      maxBackoffMs: 2_000,
    });
  });

  it.each([
    [{ readTimeoutMs: '5' }, '`readTimeoutMs` must be a whole number from 1 to 2147483647, got "5" (string).'],
    [{ maxEntries: 0 }, '`maxEntries` must be a whole number from 1 to 2147483647, got 0 (number).'],
    [{ sweepMs: -1 }, '`sweepMs` must be a whole number from 0 to 2147483647, got -1 (number).'],
    [{ idleMs: 2 ** 31 }, '`idleMs` must be a whole number from 1 to 2147483647, got 2147483648 (number).'],
    [{ idleTenantMs: 0 }, '`idleTenantMs` must be a whole number from 1 to 2147483647, got 0 (number).'],
    [{ maxTenants: 1.5 }, '`maxTenants` must be a whole number from 1 to 2147483647, got 1.5 (number).'],
    [{ backoffMs: Number.NaN }, '`backoffMs` must be a whole number from 0 to 2147483647, got NaN (number).'],
    [{ source: 5 }, '`source` must be a source, such as `databaseSource(orm)`, got 5 (number).'],
    [{ clock: 5 }, '`clock` must be a function, got 5 (number).'],
    [
      { maxEntires: 5 },
      'createClient has no option "maxEntires"; it has redis, replica, source, protect, prefix, readTimeoutMs,',
    ],
    [{ prefix: 'a{b' }, '`prefix` must be 1 to 64 characters of A–Z a–z 0–9 _ . : -, got "a{b" (string).'],
  ])('show what arrived: %o', (options, message) => {
    expect(() => checkOptions({ redis, ...options } as never)).toThrow(message);
  });

  it('must be there', () => {
    expect(() => checkOptions(undefined as never)).toThrow('got undefined');
  });

  it.each([{}, { redis: undefined }])('name both ways to a replica where neither is given: %o', options => {
    expect(() => checkOptions(options)).toThrow(
      '`redis` must be a redis:// or rediss:// URL, or an ioredis instance, got undefined. Without Redis give `replica` in its place',
    );
  });

  it.each([
    [null, '`redis` must be a redis:// or rediss:// URL, or an ioredis instance, got null'],
    [{}, '`redis` must be a redis:// or rediss:// URL, or an ioredis instance, got an object'],
    ['http://user:secret@host', 'got a URL that begins with "http:" (string)'],
    ['secret', 'got some other text'],
  ])('want a connection or its URL, and never show a password: %o', (given, message) => {
    const opening = () => openRedis(given, () => undefined);
    expect(opening).toThrow(message);
    expect(opening).not.toThrow('secret');
  });
});
