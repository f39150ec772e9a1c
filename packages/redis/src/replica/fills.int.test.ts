import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { row } from '../replica.fixture.ts';
import { createReplica } from './create-replica.ts';
import { OwnReplica } from './own-replica.fixture.ts';

const own = new OwnReplica();
const { apply, beginFill, feed, lastMessage } = own;
const tenant = 'acme';
beforeAll(own.start);
afterAll(own.stop);
beforeEach(own.begin);
afterEach(own.end);

describe('a fill', () => {
  it('is complete when nothing was lost meanwhile, and tells each tenant once', async () => {
    await apply(row(1, 1, ['a']));
    expect(await own.test.replica.isFilled()).toBe(false);
    const token = await beginFill();
    expect(await own.test.replica.isFilled()).toBe(false);
    expect((await own.test.reader.heads([tenant]))[0]?.filled).toBe(0);
    expect(await own.test.replica.completeFill(token, 1)).toBe(true);
    expect(await own.test.replica.isFilled()).toBe(true);
    expect(await own.test.reader.fillState()).toBe(`filled ${token}`);
    expect((await own.test.reader.heads([tenant]))[0]).toMatchObject({ filled: 1, seq: 2 });
    expect(await lastMessage()).toMatchObject({ kind: 'filled', seq: 2, changes: [] });
    // Filled once, it is not filled again.
    expect(await own.test.replica.beginFill()).toBeUndefined();
    expect(await feed()).toHaveLength(2);
  });

  // R11
  it('is not complete when Redis lost its data meanwhile', async () => {
    const token = await beginFill();
    await apply(row(1, 1, ['a']));
    await own.test.redis.flushall();
    await apply(row(1, 2, ['a']));
    expect(await own.test.replica.completeFill(token, 1)).toBe(false);
    expect(await own.test.replica.isFilled()).toBe(false);
    expect((await own.test.reader.heads([tenant]))[0]?.filled).toBe(0);
  });

  it('tells some tenants before the others, once, and none of them when it is another by now', async () => {
    for (const each of ['one', 'two', 'three']) await own.test.replica.apply(each, [row(1, 1, ['a'])]);
    const filled = async () =>
      (await own.test.reader.heads(['one', 'two', 'three', 'nobody'])).map(head => head?.filled && head.seq);
    const token = await beginFill();
    expect(await own.test.replica.completeTenants(token, ['one', 'nobody'], 1)).toBe(true);
    expect(await filled()).toEqual([2, 0, 0, undefined]);
    expect(await own.test.replica.isFilled()).toBe(false);
    await own.test.redis.del(own.test.reader.names.fillState);
    const later = await beginFill();
    expect(await own.test.replica.completeTenants(token, ['two'], 1)).toBe(false);
    expect(await filled()).toEqual([2, 0, 0, undefined]);
    expect(await own.test.replica.completeFill(later, 1)).toBe(true);
    expect(await filled()).toEqual([2, 2, 2, undefined]);
  });

  it('is not begun twice, and is given up when its lease runs out', async () => {
    const token = await beginFill();
    expect(await own.test.replica.beginFill()).toBeUndefined();
    expect(await own.test.replica.keepFilling(token)).toBe(true);
    await own.test.redis.del(own.test.reader.names.fillState);
    expect(await own.test.replica.keepFilling(token)).toBe(false);
    const later = await beginFill();
    expect(await own.test.replica.completeFill(token, 1)).toBe(false);
    expect(await own.test.replica.completeFill(later, 1)).toBe(true);
    expect(await own.test.replica.completeFill(token, 1)).toBe(false);
  });

  it('may be begun again at once where it is given up, and only by who had begun it', async () => {
    const token = await beginFill();
    await own.test.replica.giveUpFill('another');
    expect(await own.test.replica.beginFill()).toBeUndefined();
    await own.test.replica.giveUpFill(token);
    const later = await beginFill();
    expect(await own.test.replica.completeFill(later, 1)).toBe(true);
    await own.test.replica.giveUpFill(later);
    expect(await own.test.replica.isFilled()).toBe(true);
  });

  it('may be begun again at once where Redis went back into it after it was over', async () => {
    const token = await beginFill();
    expect(await own.test.replica.completeFill(token, 1)).toBe(true);
    await own.test.redis.set(own.test.reader.names.fillState, token, 'PX', 30_000);
    expect(await beginFill()).not.toBe(token);
    // Of another process nobody knows whether it goes on.
    await own.test.redis.set(own.test.reader.names.fillState, 'another', 'PX', 30_000);
    expect(await own.test.replica.beginFill()).toBeUndefined();
  });

  it('and a repair are told by their ids, which only go up', async () => {
    await apply(row(1, 1, ['a']));
    const head = async () => (await own.test.reader.heads([tenant]))[0];
    expect(await own.test.replica.completeRepair(5)).toBe(false);
    expect(await head()).toMatchObject({ filled: 0, seq: 1 });
    expect(await own.test.replica.completeFill(await beginFill(), 7)).toBe(true);
    const marker = await own.test.reader.fillState();
    expect(await own.test.replica.completeRepair(6)).toBe(true);
    expect(await own.test.reader.fillState()).not.toBe(marker);
    expect(await head()).toMatchObject({ filled: 7, seq: 2 });
    // Where a Redis went back, a fill says nothing yet.
    await own.test.redis.del(own.test.reader.names.fillState);
    expect(await own.test.replica.completeFill(await beginFill(), 9)).toBe(true);
    expect(await head()).toMatchObject({ filled: 7, seq: 2 });
    await own.test.replica.apply('born-later', [row(1, 1, ['a'])]);
    expect(await own.test.replica.completeRepair(10)).toBe(true);
    expect(await head()).toMatchObject({ filled: 10, seq: 3 });
    expect(await lastMessage()).toMatchObject({ kind: 'filled', seq: 3 });
    expect((await own.test.reader.heads(['born-later']))[0]).toMatchObject({ filled: 10, seq: 2 });
  });

  it('never calls a tenant filled that Redis lost between the look at the marker and the mark', async () => {
    await apply(row(1, 1, ['a']));
    const token = await beginFill();
    // The connection loses everything right after it was asked for the marker, by a script it knows already.
    expect(await own.test.replica.keepFilling(token)).toBe(true);
    const flaky = own.test.redis.duplicate();
    const call = flaky.call.bind(flaky) as (...args: unknown[]) => Promise<unknown>;
    flaky.call = (async (command: string, args: unknown[]) => {
      const answer = await call(command, args);
      if (args[2] === own.test.reader.names.fillState) {
        await flaky.flushall();
        await apply(row(2, 2, ['b']));
      }
      return answer;
    }) as typeof flaky.call;
    const replica = createReplica({ redis: flaky, prefix: own.test.prefix });
    expect(await replica.completeFill(token, 1)).toBe(false);
    expect((await own.test.reader.heads([tenant]))[0]).toMatchObject({ filled: 0, seq: 1 });
    flaky.disconnect();
  });
});
