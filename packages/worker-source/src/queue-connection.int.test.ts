import { freePort, testServers } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { openQueueConnection } from './queue-connection.ts';

const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;

it.each(['is there', 'was never there'])('a late disconnect of BullMQ begins no timer, where Redis %s', async how => {
  const url = how === 'is there' ? testServers().redisUrl : `redis://127.0.0.1:${await freePort()}`;
  const application = new Redis(url, { lazyConnect: true });
  const { redis, end } = openQueueConnection(application, () => false) as { redis: Redis; end(): void };
  const copy = redis.duplicate();
  await Promise.allSettled(
    [redis, copy].map(each => new Promise(resolve => each.once('close', resolve).once('ready', resolve))),
  );
  const before = timers();
  end();
  for (const each of [redis, copy]) each.disconnect();
  expect(timers()).toBeLessThanOrEqual(before);
  // One that is made later is ended, too.
  const late = redis.duplicate();
  late.disconnect();
  expect(timers()).toBeLessThanOrEqual(before);
  expect([redis, copy, late].map(({ status }) => status)).not.toContain('ready');
  application.disconnect();
});
