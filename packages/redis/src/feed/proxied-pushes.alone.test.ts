import { eventually } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChecksLab, headsIn, MANY, one } from './checks-lab.fixture.ts';
import { type FrameProxy, startFrameProxy } from './frame-proxy.fixture.ts';

const lab = new ChecksLab();
const { beatsBetween, beatsSince, followMany, here, nextBeat, writeTo } = lab;
beforeAll(lab.startServer);
afterAll(lab.stopServer);
beforeEach(lab.beginFilled);
afterEach(lab.end);

describe.each([2, 3] as const)('a proxy of RESP%i', protocol => {
  function connectThrough(proxy: FrameProxy): Redis {
    const redis = new Redis({ port: proxy.port, protocol });
    redis.on('error', () => undefined);
    lab.open.push({ close: () => redis.disconnect() });
    return redis;
  }

  it('that swallows pushes and forwards everything else is found in turn, and is not believed from then on', async () => {
    await using proxy = await startFrameProxy(lab.server);
    const many = await followMany(MANY, { redis: connectThrough(proxy) });
    const [first, second] = [one(many, 8), one(many, 55)];
    proxy.edit = frame => (/^[*>]3\r\n\$7\r\nmessage\r\n/.test(frame) ? undefined : frame);
    await writeTo(first.tenant);
    await eventually(() => expect(first.follower.seqs).toEqual([2]));
    await nextBeat();
    await writeTo(second.tenant);
    await eventually(() => expect(second.follower.seqs).toEqual([2]));
    expect(await beatsBetween(`append ${second.tenant}`, `head ${second.tenant}`)).toBeLessThanOrEqual(1);
  });

  // Others count what a client has of all proxies, or nothing at all.
  it('that counts subscriptions in another way is asked for every head, and subscribed only once more', async () => {
    await using proxy = await startFrameProxy(lab.server);
    proxy.edit = frame =>
      /^[*>]3\r\n\$11\r\nunsubscribe\r\n/.test(frame) ? frame.replace(/:\d+\r\n$/, ':1\r\n') : frame;
    const many = await followMany(MANY, { redis: connectThrough(proxy) });
    await eventually(() => expect(lab.events.filter(event => event === 'subscribe tenant-7')).toHaveLength(2));
    const from = await here();
    await eventually(() => beatsSince(from).length >= 5);
    for (const beat of beatsSince(from).slice(1)) expect(new Set(headsIn(beat)).size).toBe(MANY);
    expect(lab.events.filter(event => event === 'subscribe tenant-7')).toHaveLength(2);
    const { tenant, follower } = one(many, 30);
    await writeTo(tenant);
    await eventually(() => expect(follower.seqs).toEqual([2]));
    expect(follower.states).toEqual(['live']);
  });
});
