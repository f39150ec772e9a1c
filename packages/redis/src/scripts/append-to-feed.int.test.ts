import { decodeEnvelope, type FeedMessage } from '@tenantry/protocol/wire';
import { eventually } from '@tenantry/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createReplica } from '../replica/create-replica.ts';
import { OwnReplica } from '../replica/own-replica.fixture.ts';
import { gone, row } from '../replica.fixture.ts';

const own = new OwnReplica();
const { apply, codec, feed, lastMessage, names, now } = own;
const tenant = 'acme';
beforeAll(own.start);
afterAll(own.stop);
beforeEach(own.begin);
afterEach(own.end);

describe('what is told', () => {
  it('is one message per call, with only what was applied, in the stream and the push alike', async () => {
    const pushed: Buffer[] = [];
    const listener = own.test.redis.duplicate();
    listener.on('messageBuffer', (_, message) => pushed.push(message));
    await listener.subscribe(names().feed);
    await apply(row(1, 5, ['a', 'b']), row(2, 6, ['c']));
    await apply(row(1, 4, ['stale']), row(2, 7, ['d']), gone(3, 8));
    await eventually(() => pushed.length === 2);
    listener.disconnect();

    const stream = await feed();
    expect(stream).toEqual(pushed);
    const [first, second] = stream.map(codec.decode) as [FeedMessage, FeedMessage];
    expect(first).toMatchObject({ kind: 'changes', seq: 1, epoch: await own.test.redis.hget(names().epoch, 'id') });
    expect(second).toMatchObject({ kind: 'changes', seq: 2, epoch: first.epoch });
    expect(second.tag).not.toBe(first.tag);
    expect(first.changes.map(({ envelope, ...head }) => head)).toEqual([
      { owner: 'rows:1', version: 5, op: 'put', addresses: ['a', 'b'] },
      { owner: 'rows:2', version: 6, op: 'put', addresses: ['c'] },
    ]);
    expect(second.changes).toEqual([
      { owner: 'rows:2', version: 7, op: 'put', addresses: ['d'], envelope: row(2, 7, []).envelope },
      { owner: 'rows:3', version: 8, op: 'delete', addresses: [], envelope: undefined },
    ]);
    const [entry] = (await own.test.redis.xrevrange(names().feed, '+', '-', 'COUNT', 1)) as [[string, string[]]];
    expect(entry[0]).toBe('2-0');
  });

  it('is a seq without a hole, however many write at once', async () => {
    const another = own.test.redis.duplicate();
    const other = createReplica({ redis: another, prefix: own.test.prefix });
    const writes = Array.from({ length: 100 }, (_, i) =>
      (i % 2 ? other : own.test.replica).apply(tenant, [row(i, i + 1, [`k${i}`])]),
    );
    await Promise.all(writes);
    another.disconnect();
    expect((await feed()).map(bytes => codec.decode(bytes).seq)).toEqual(writes.map((_, i) => i + 1));
  });

  it('has no value that is large, nor too many that are small', async () => {
    await apply(row(1, 1, ['a'], { text: 'x'.repeat(5000) }), row(2, 2, ['b']));
    const [large, small] = (await lastMessage()).changes;
    expect(large).toMatchObject({ owner: 'rows:1', version: 1, envelope: undefined });
    expect(decodeEnvelope(small?.envelope as Buffer).version).toBe(2);
    expect(await now()).toMatchObject({ a: 'rows:1@1' });

    await apply(...Array.from({ length: 100 }, (_, i) => row(i, 10 + i, [`k${i}`], { text: 'x'.repeat(3000) })));
    const bytes = (await feed()).at(-1) as Buffer;
    expect(bytes.length).toBeLessThan(80 * 1024);
    const inlined = codec.decode(bytes).changes.map(change => change.envelope !== undefined);
    expect(inlined.filter(Boolean).length).toBeGreaterThan(15);
    expect(inlined.at(-1)).toBe(false);
  });

  it('is kept for about as many messages as asked', async () => {
    const short = createReplica({ redis: own.test.redis, prefix: own.test.prefix, feedLength: 10 });
    for (let i = 1; i <= 500; i++) await short.apply(tenant, [row(1, i, ['a'])]);
    expect(await own.test.redis.xlen(names().feed)).toBeLessThan(150);
  });

  it('begins anew, without the old messages, when Redis forgot the epoch', async () => {
    await apply(row(1, 1, ['a']));
    await apply(row(1, 2, ['a']));
    const first = await lastMessage();
    await apply(row(1, 3, ['a']));
    expect((await lastMessage()).epoch).toBe(first.epoch);
    await own.test.redis.del(names().epoch); // evicted, for one
    await apply(row(1, 4, ['a']));
    const messages = (await feed()).map(codec.decode);
    expect(messages.map(({ seq }) => seq)).toEqual([1]);
    expect(messages[0]?.epoch).not.toBe(first.epoch);
    await own.test.redis.flushall();
    await apply(row(1, 4, ['a']));
    expect((await lastMessage()).epoch).not.toBe(messages[0]?.epoch);
  });

  it('is told although something else wrote over the stream', async () => {
    await apply(row(1, 1, ['a']));
    await own.test.redis.xadd(names().feed, '999-0', 'foreign', '1');
    await apply(row(1, 2, ['a']));
    expect((await feed()).map(bytes => codec.decode(bytes).seq)).toEqual([2]);
    await own.test.redis.set(names().feed, 'foreign');
    await apply(row(1, 3, ['a']));
    expect((await feed()).map(bytes => codec.decode(bytes).seq)).toEqual([3]);
  });

  it('is nothing for no change', async () => {
    expect(await apply()).toEqual([]);
    expect(await own.test.redis.exists(names().epoch)).toBe(0);
  });
});
