import { eventually, freePort, startFaultProxy, testServers, timersOf } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { openQueueConnection } from './queue-connection.ts';

const timers = timersOf('ioredis');

it.each(['is there', 'was never there'])('a late disconnect or connect of BullMQ begins nothing, where Redis %s', how =>
  timers.watch(async () => {
    const url = how === 'is there' ? testServers().redisUrl : `redis://127.0.0.1:${await freePort()}`;
    const application = new Redis(url, { lazyConnect: true });
    const { redis, end } = openQueueConnection(application, () => false) as { redis: Redis; end(): void };
    const copy = redis.duplicate();
    await Promise.allSettled(
      [redis, copy].map(each => new Promise(resolve => each.once('close', resolve).once('ready', resolve))),
    );
    end();
    for (const each of [redis, copy]) {
      each.disconnect();
      await expect(each.connect()).rejects.toThrow('Connection is closed.');
    }
    expect(await timers.pending()).toEqual([]);
    // One that is made later is ended, too.
    const late = redis.duplicate();
    late.disconnect();
    expect(await timers.pending()).toEqual([]);
    expect([redis, copy, late].map(({ status }) => status)).not.toContain('ready');
    application.disconnect();
  }),
);

// With ioredis 5 alone it would: its timer ended the next socket fifteen seconds later, in the midst of its work.
it('a lost socket leaves no timer for the next one, on the connection and on those that BullMQ makes like it', () =>
  timers.watch(async () => {
    const { hostname, port } = new URL(testServers().redisUrl);
    const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    const application = new Redis(proxy.port, proxy.host, { lazyConnect: true });
    const silenceMs = 60_000;
    const { redis, end } = openQueueConnection(application, () => false, silenceMs) as { redis: Redis; end(): void };
    const all = [redis, redis.duplicate()];
    const areReady = () => eventually(() => expect(all.map(({ status }) => status)).toEqual(['ready', 'ready']));
    await areReady();
    const before = (await timers.pending()).length;
    proxy.set('silent');
    const sent = all.map(each => each.ping());
    proxy.set('pass');
    proxy.cut();
    await Promise.all(sent);
    await areReady();
    await Promise.all(all.map(each => each.ping()));
    await eventually(async () => expect((await timers.pending()).length).toBeLessThanOrEqual(before));
    end();
    application.disconnect();
    await proxy.close();
  }));
