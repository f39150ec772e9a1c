import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { createFeedCodec, decodeEnvelope, type FeedMessage, refAddress } from '@tenantry/protocol/wire';
import { eventually, type RedisServer, startRedisServer } from '@tenantry/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOSTILE_IDS } from '../../../protocol/src/hostile-ids.fixture.ts';
import { VERSION_VECTORS } from '../../../protocol/src/version-vectors.fixture.ts';
import { gone, openReplica, ownerOfRow, row, standing, type TestReplica } from '../replica.fixture.ts';
import { createReplica, type RecordChange } from './create-replica.ts';

let server: RedisServer; // our own: it is flushed
let test: TestReplica;
const codec = createFeedCodec();
const tenant = 'acme';

beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.close());
beforeEach(() => {
  test = openReplica({ url: server.url });
});
afterEach(() => test[Symbol.asyncDispose]());

const apply = (...changes: RecordChange[]) => test.replica.apply(tenant, changes);
const now = () => standing(test.redis, test.replica, tenant);
const names = () => test.replica.names.of(tenant);

async function beginFill(): Promise<string> {
  const token = await test.replica.beginFill();
  if (token === undefined) throw new Error('somebody else is filling this Redis');
  return token;
}

async function feed(of = tenant): Promise<Buffer[]> {
  const entries = await test.redis.xrangeBuffer(test.replica.names.of(of).feed, '-', '+');
  return entries.map(([, fields]) => fields[1] as Buffer);
}

async function lastMessage(): Promise<FeedMessage> {
  return codec.decode((await feed()).at(-1) as Buffer);
}

describe('one record', () => {
  it('stands under each of its addresses', async () => {
    expect(await apply(row(1, 5, ['id:1', 'slug:a', 'both:1:a']))).toEqual([true]);
    expect(await now()).toEqual({ 'id:1': 'rows:1@5', 'slug:a': 'rows:1@5', 'both:1:a': 'rows:1@5' });
  });

  it('is not touched by a stale or equal version, and nobody is told', async () => {
    await apply(row(1, 5, ['a']));
    expect(await apply(row(1, 4, ['b'], { text: 'older' }))).toEqual([false]);
    expect(await apply(row(1, 5, ['b'], { text: 'same' }))).toEqual([false]);
    expect(await apply(gone(1, 5, ['a']))).toEqual([false]);
    expect(await now()).toEqual({ a: 'rows:1@5' });
    expect(await feed()).toHaveLength(1);
    expect(await test.redis.hget(names().epoch, 'seq')).toBe('1');
  });

  // J12
  it('leaves its old address when its key changes', async () => {
    await apply(row(1, 1, ['id:1', 'slug:a']));
    await apply(row(1, 2, ['id:1', 'slug:b']));
    expect(await now()).toEqual({ 'id:1': 'rows:1@2', 'slug:b': 'rows:1@2' });
  });

  it('leaves an old address that Redis forgot and the change names', async () => {
    await apply(row(1, 1, ['slug:a']));
    await test.redis.del(names().records);
    await apply(row(1, 2, ['slug:b'], { formerAddresses: ['slug:a'] }));
    expect(await now()).toEqual({ 'slug:b': 'rows:1@2' });
  });

  it('keeps an address that the change names as an old one too', async () => {
    await apply(row(1, 1, ['slug:a']));
    await apply(row(1, 2, ['slug:a'], { formerAddresses: ['slug:a'] }));
    expect(await now()).toEqual({ 'slug:a': 'rows:1@2' });
  });

  it('does not go back under its address although Redis forgot which version it had', async () => {
    await apply(row(1, 9, ['a']));
    await test.redis.del(names().records);
    await apply(row(1, 3, ['a'], { formerAddresses: ['a'] }));
    expect(await now()).toEqual({ a: 'rows:1@9' });
    await apply(gone(1, 4, ['a']));
    expect(await now()).toEqual({ a: 'rows:1@9' });
  });

  // J13
  it('is gone from every address once deleted', async () => {
    await apply(row(1, 1, ['id:1', 'slug:a']));
    expect(await apply(gone(1, 2))).toEqual([true]);
    expect(await now()).toEqual({});
  });

  it('stays deleted when an older state arrives late', async () => {
    await apply(gone(1, 7));
    expect(await apply(row(1, 6, ['a']))).toEqual([false]);
    expect(await now()).toEqual({});
    expect(await apply(row(1, 8, ['a']))).toEqual([true]);
    expect(await now()).toEqual({ a: 'rows:1@8' });
  });

  it('may have no address at all, and still has its version', async () => {
    await apply(row(1, 2, ['a']));
    await apply(row(1, 3, []));
    expect(await now()).toEqual({});
    expect(await apply(row(1, 2, ['a']))).toEqual([false]);
  });

  it('is taken away by Redis when it expires, and not before', async () => {
    const expiresAt = Date.now() + 60_000.5; // a jittered time is no whole number
    await apply(row(1, 1, ['a', 'b'], { expiresAt }));
    expect(await test.redis.pexpiretime(`${names().keyPrefix}a`)).toBe(Math.floor(expiresAt));
    await apply(row(1, 2, ['a', 'b']));
    expect(await test.redis.pexpiretime(`${names().keyPrefix}b`)).toBe(-1);
    await apply(row(1, 3, ['a'], { expiresAt: Date.now() - 1000 })); // H2
    expect(await now()).toEqual({});
    expect(await apply(row(1, 2, ['a']))).toEqual([false]);
  });

  // R2
  it('moves to another tenant in two calls', async () => {
    await test.replica.apply('old', [row(1, 1, ['a'])]);
    await test.replica.apply('old', [gone(1, 2, ['a'])]);
    await test.replica.apply('new', [row(1, 2, ['a'])]);
    expect(await standing(test.redis, test.replica, 'old')).toEqual({});
    expect(await standing(test.redis, test.replica, 'new')).toEqual({ a: 'rows:1@2' });
  });

  it.each(VERSION_VECTORS)('is newer exactly where the vectors say: $candidate after $known', async vector => {
    const { candidate, known, newer } = vector;
    if (known !== undefined) await apply(row(1, known, ['a']));
    expect(await apply(row(1, candidate, ['a']))).toEqual([newer]);
    expect(await now()).toEqual({ a: `rows:1@${newer ? candidate : known}` });
    expect((await lastMessage()).changes[0]?.version).toBe(newer ? candidate : known);
    // The same for a key that another record holds.
    if (known !== undefined) await apply(row(2, known, ['b']));
    await apply(row(3, candidate, ['b']));
    expect(await now()).toMatchObject({ b: newer ? `rows:3@${candidate}` : `rows:2@${known}` });
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53])(
    'cannot have the version %s, and the rest is not half applied',
    async bad => {
      const changes = [row(1, 1, ['a']), { ...row(2, 1, ['b']), version: bad }];
      await expect(test.replica.apply(tenant, changes)).rejects.toMatchObject({ code: 'INVALID_VERSION' });
      expect(await now()).toEqual({});
    },
  );
});

describe('a key that one record hands to another', () => {
  const before = [row(1, 1, ['x']), row(2, 2, ['y'])];
  const swap = [row(1, 3, ['y']), row(2, 4, ['x'])];
  const swapped = { x: 'rows:2@4', y: 'rows:1@3' };

  // R1
  it.each([
    ['in one batch', [swap]],
    ['in one batch, reversed', [swap.toReversed()]],
    ['in two calls', swap.map(change => [change])],
    ['in two calls, reversed', swap.toReversed().map(change => [change])],
    ['duplicated', [swap, swap.toReversed(), ...swap.map(change => [change])]],
  ])('is swapped with neither missing: %s', async (_, batches) => {
    await apply(...before);
    for (const batch of batches) await apply(...batch);
    expect(await now()).toEqual(swapped);
  });

  it('is swapped although Redis forgot the records', async () => {
    await apply(...before);
    await test.redis.del(names().records);
    await apply(row(1, 3, ['y'], { formerAddresses: ['x'] }), row(2, 4, ['x'], { formerAddresses: ['y'] }));
    expect(await now()).toEqual(swapped);
  });

  it('belongs to the later one whichever arrives first', async () => {
    await apply(row(1, 1, ['x']));
    await apply(row(2, 3, ['x']));
    await apply(row(1, 2, ['z']));
    expect(await now()).toEqual({ x: 'rows:2@3', z: 'rows:1@2' });
  });

  it('is not taken back by an older claim', async () => {
    await apply(row(2, 3, ['x']));
    await apply(row(1, 2, ['x']));
    expect(await now()).toEqual({ x: 'rows:2@3' });
  });

  it('is not removed by the deletion of the one that had it', async () => {
    await apply(row(1, 1, ['x']));
    await apply(row(2, 3, ['x']));
    await apply(gone(1, 2, ['x']));
    expect(await now()).toEqual({ x: 'rows:2@3' });
  });
});

describe('what is told', () => {
  it('is one message per call, with only what was applied, in the stream and the push alike', async () => {
    const pushed: Buffer[] = [];
    const listener = test.redis.duplicate();
    listener.on('messageBuffer', (_, message) => pushed.push(message));
    await listener.subscribe(names().feed);
    await apply(row(1, 5, ['a', 'b']), row(2, 6, ['c']));
    await apply(row(1, 4, ['stale']), row(2, 7, ['d']), gone(3, 8));
    await eventually(() => pushed.length === 2);
    listener.disconnect();

    const stream = await feed();
    expect(stream).toEqual(pushed);
    const [first, second] = stream.map(codec.decode) as [FeedMessage, FeedMessage];
    expect(first).toMatchObject({ kind: 'changes', seq: 1, epoch: await test.redis.hget(names().epoch, 'id') });
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
    const [entry] = (await test.redis.xrevrange(names().feed, '+', '-', 'COUNT', 1)) as [[string, string[]]];
    expect(entry[0]).toBe('2-0');
  });

  it('is a seq without a hole, however many write at once', async () => {
    const other = createReplica({ redis: test.redis.duplicate(), prefix: test.prefix });
    const writes = Array.from({ length: 100 }, (_, i) =>
      (i % 2 ? other : test.replica).apply(tenant, [row(i, i + 1, [`k${i}`])]),
    );
    await Promise.all(writes);
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
    const short = createReplica({ redis: test.redis, prefix: test.prefix, feedLength: 10 });
    for (let i = 1; i <= 500; i++) await short.apply(tenant, [row(1, i, ['a'])]);
    expect(await test.redis.xlen(names().feed)).toBeLessThan(150);
  });

  it('begins anew, without the old messages, when Redis forgot the epoch', async () => {
    await apply(row(1, 1, ['a']));
    await apply(row(1, 2, ['a']));
    const first = await lastMessage();
    await apply(row(1, 3, ['a']));
    expect((await lastMessage()).epoch).toBe(first.epoch);
    await test.redis.del(names().epoch); // evicted, for one
    await apply(row(1, 4, ['a']));
    const messages = (await feed()).map(codec.decode);
    expect(messages.map(({ seq }) => seq)).toEqual([1]);
    expect(messages[0]?.epoch).not.toBe(first.epoch);
    await test.redis.flushall();
    await apply(row(1, 4, ['a']));
    expect((await lastMessage()).epoch).not.toBe(messages[0]?.epoch);
  });

  it('is told although something else wrote over the stream', async () => {
    await apply(row(1, 1, ['a']));
    await test.redis.xadd(names().feed, '999-0', 'foreign', '1');
    await apply(row(1, 2, ['a']));
    expect((await feed()).map(bytes => codec.decode(bytes).seq)).toEqual([2]);
    await test.redis.set(names().feed, 'foreign');
    await apply(row(1, 3, ['a']));
    expect((await feed()).map(bytes => codec.decode(bytes).seq)).toEqual([3]);
  });

  it('is nothing for no change', async () => {
    expect(await apply()).toEqual([]);
    expect(await test.redis.exists(names().epoch)).toBe(0);
  });
});

describe('what is foreign', () => {
  const truncated = (row(2, 99, ['a']).envelope as Buffer).subarray(0, 29);
  it.each([
    ['text', async (key: string) => test.redis.set(key, 'hello, this is somebody else: 0123456789')],
    ['nothing', async (key: string) => test.redis.set(key, '')],
    ['a list', async (key: string) => test.redis.rpush(key, 'x')],
    ['a hash', async (key: string) => test.redis.hset(key, 'x', 'y')],
    ['a cut envelope', async (key: string) => test.redis.set(key, truncated)],
    ['a version above all others', async (key: string) => test.redis.set(key, '\x01'.padEnd(64, '~'))],
  ])('is overwritten where a record belongs: %s', async (_, plant) => {
    await plant(`${names().keyPrefix}a`);
    expect(await apply(row(1, 1, ['a']))).toEqual([true]);
    expect(await now()).toEqual({ a: 'rows:1@1' });
    await test.redis.del(`${names().keyPrefix}a`);
    await plant(`${names().keyPrefix}a`);
    await apply(row(1, 2, ['a']));
    expect(await now()).toEqual({ a: 'rows:1@2' });
  });

  it('is left alone where a record only leaves', async () => {
    await apply(row(1, 1, ['a']));
    await test.redis.del(`${names().keyPrefix}a`);
    await test.redis.rpush(`${names().keyPrefix}a`, 'x');
    expect(await apply(gone(1, 2))).toEqual([true]);
    expect(await test.redis.type(`${names().keyPrefix}a`)).toBe('list');
  });

  it('counts as unknown where a version belongs', async () => {
    await test.redis.hset(names().records, ownerOfRow(1), 'garbage');
    expect(await apply(row(1, 1, ['a']))).toEqual([true]);
  });
});

describe('the scripts', () => {
  // The cache of scripts is lost by a restart, a failover and SCRIPT FLUSH.
  it('are sent again to a server that lost them', async () => {
    await apply(row(1, 1, ['a']));
    await test.redis.script('FLUSH');
    expect(await apply(row(1, 2, ['a']))).toEqual([true]);
    await test.redis.script('FLUSH');
    expect(await test.replica.purgeTombstones(0)).toBe(0);
    const token = await beginFill();
    await test.redis.script('FLUSH');
    expect(await test.replica.completeFill(token, 1)).toBe(true);
  });

  it('take a batch of thirty thousand records', async () => {
    const many = Array.from({ length: 30_000 }, (_, i) => row(i, i + 1, [`k${i}`], { text: '' }));
    expect(await apply(...many)).toEqual(many.map(() => true));
    expect((await lastMessage()).changes).toHaveLength(30_000);
  });
});

// R16, E10, A14
describe('hostile names', () => {
  it('never meet, whether tenant or key value', async () => {
    const addresses = HOSTILE_IDS.map(id => refAddress('rows', 'slug', ['slug'], { slug: id }));
    const tenants: Tenant[] = [...HOSTILE_IDS, GLOBAL_TENANT];
    const version = (t: number, a: number) => 1 + t * addresses.length + a;
    for (const [t, each] of tenants.entries())
      await test.replica.apply(
        each,
        addresses.map((address, a) => row(a, version(t, a), [address])),
      );
    for (const [t, each] of tenants.entries()) {
      const { envelopes, head } = await test.reader.read(each, addresses);
      const found = envelopes.map(envelope => decodeEnvelope(envelope as Buffer).version);
      expect(found).toEqual(addresses.map((_, a) => version(t, a)));
      expect(head?.seq).toBe(1);
    }
    // They are all found again, too, by what goes over all tenants.
    for (const each of tenants) await test.replica.apply(each, [gone(0, 1e9)]);
    expect(await test.replica.purgeTombstones(0)).toBe(tenants.length);
    expect(await test.replica.completeFill(await beginFill(), 1)).toBe(true);
    for (const each of tenants) expect((await test.reader.heads([each]))[0]).toMatchObject({ filled: 1, seq: 3 });
  });
});

describe('tombstones', () => {
  it('go once they are old enough, and never with a record that came again', async () => {
    await apply(row(1, 1, ['a']), row(2, 1, ['b']), row(3, 1, []));
    await apply(gone(1, 2), gone(2, 2), gone(3, 2));
    await apply(row(2, 3, ['b']), row(3, 3, []));
    expect(await test.replica.purgeTombstones(60_000)).toBe(0);
    expect(await test.redis.hkeys(names().records)).toHaveLength(3);
    // Old enough as soon as Redis's clock has moved on.
    expect(await eventually(() => test.replica.purgeTombstones(1))).toBe(1);
    expect((await test.redis.hkeys(names().records)).sort()).toEqual(['rows:2', 'rows:3']);
    expect(await now()).toEqual({ b: 'rows:2@3' });
    expect(await test.redis.exists(names().tombstones)).toBe(0);
    expect(await apply(row(2, 2, ['old']))).toEqual([false]);
  });

  it('go by age since the last delete', async () => {
    await apply(gone(1, 1));
    await test.redis.zadd(names().tombstones, Date.now() - 10_000, ownerOfRow(1));
    await apply(gone(1, 2));
    expect(await test.replica.purgeTombstones(5_000)).toBe(0);
    await test.redis.zadd(names().tombstones, Date.now() - 10_000, ownerOfRow(1));
    expect(await test.replica.purgeTombstones(5_000)).toBe(1);
  });

  it('go in all tenants, more than one batch of them', async () => {
    const many = Array.from({ length: 1200 }, (_, i) => gone(i, 1));
    for (const each of ['one', 'two']) await test.replica.apply(each, many);
    expect(await test.replica.purgeTombstones(0)).toBe(2400);
    expect(await test.redis.exists(test.replica.names.of('two').records)).toBe(0);
  });
});

describe('a fill', () => {
  it('is complete when nothing was lost meanwhile, and tells each tenant once', async () => {
    await apply(row(1, 1, ['a']));
    expect(await test.replica.isFilled()).toBe(false);
    const token = await beginFill();
    expect(await test.replica.isFilled()).toBe(false);
    expect((await test.reader.heads([tenant]))[0]?.filled).toBe(0);
    expect(await test.replica.completeFill(token, 1)).toBe(true);
    expect(await test.replica.isFilled()).toBe(true);
    expect(await test.reader.fillState()).toBe(`filled ${token}`);
    expect((await test.reader.heads([tenant]))[0]).toMatchObject({ filled: 1, seq: 2 });
    expect(await lastMessage()).toMatchObject({ kind: 'filled', seq: 2, changes: [] });
    // Filled once, it is not filled again.
    expect(await test.replica.beginFill()).toBeUndefined();
    expect(await feed()).toHaveLength(2);
  });

  // R11
  it('is not complete when Redis lost its data meanwhile', async () => {
    const token = await beginFill();
    await apply(row(1, 1, ['a']));
    await test.redis.flushall();
    await apply(row(1, 2, ['a']));
    expect(await test.replica.completeFill(token, 1)).toBe(false);
    expect(await test.replica.isFilled()).toBe(false);
    expect((await test.reader.heads([tenant]))[0]?.filled).toBe(0);
  });

  it('tells some tenants before the others, once, and none of them when it is another by now', async () => {
    for (const each of ['one', 'two', 'three']) await test.replica.apply(each, [row(1, 1, ['a'])]);
    const filled = async () =>
      (await test.reader.heads(['one', 'two', 'three', 'nobody'])).map(head => head?.filled && head.seq);
    const token = await beginFill();
    expect(await test.replica.completeTenants(token, ['one', 'nobody'], 1)).toBe(true);
    expect(await filled()).toEqual([2, 0, 0, undefined]);
    expect(await test.replica.isFilled()).toBe(false);
    await test.redis.del(test.reader.names.fillState);
    const later = await beginFill();
    expect(await test.replica.completeTenants(token, ['two'], 1)).toBe(false);
    expect(await filled()).toEqual([2, 0, 0, undefined]);
    expect(await test.replica.completeFill(later, 1)).toBe(true);
    expect(await filled()).toEqual([2, 2, 2, undefined]);
  });

  it('is not begun twice, and is given up when its lease runs out', async () => {
    const token = await beginFill();
    expect(await test.replica.beginFill()).toBeUndefined();
    expect(await test.replica.keepFilling(token)).toBe(true);
    await test.redis.del(test.reader.names.fillState);
    expect(await test.replica.keepFilling(token)).toBe(false);
    const later = await beginFill();
    expect(await test.replica.completeFill(token, 1)).toBe(false);
    expect(await test.replica.completeFill(later, 1)).toBe(true);
    expect(await test.replica.completeFill(token, 1)).toBe(false);
  });

  it('may be begun again at once where it is given up, and only by who had begun it', async () => {
    const token = await beginFill();
    await test.replica.giveUpFill('another');
    expect(await test.replica.beginFill()).toBeUndefined();
    await test.replica.giveUpFill(token);
    const later = await beginFill();
    expect(await test.replica.completeFill(later, 1)).toBe(true);
    await test.replica.giveUpFill(later);
    expect(await test.replica.isFilled()).toBe(true);
  });

  it('may be begun again at once where Redis went back into it after it was over', async () => {
    const token = await beginFill();
    expect(await test.replica.completeFill(token, 1)).toBe(true);
    await test.redis.set(test.reader.names.fillState, token, 'PX', 30_000);
    expect(await beginFill()).not.toBe(token);
    // Of another process nobody knows whether it goes on.
    await test.redis.set(test.reader.names.fillState, 'another', 'PX', 30_000);
    expect(await test.replica.beginFill()).toBeUndefined();
  });

  it('and a repair are told by their ids, which only go up', async () => {
    await apply(row(1, 1, ['a']));
    const head = async () => (await test.reader.heads([tenant]))[0];
    expect(await test.replica.completeRepair(5)).toBe(false);
    expect(await head()).toMatchObject({ filled: 0, seq: 1 });
    expect(await test.replica.completeFill(await beginFill(), 7)).toBe(true);
    const marker = await test.reader.fillState();
    expect(await test.replica.completeRepair(6)).toBe(true);
    expect(await test.reader.fillState()).not.toBe(marker);
    expect(await head()).toMatchObject({ filled: 7, seq: 2 });
    // Where a Redis went back, a fill says nothing yet.
    await test.redis.del(test.reader.names.fillState);
    expect(await test.replica.completeFill(await beginFill(), 9)).toBe(true);
    expect(await head()).toMatchObject({ filled: 7, seq: 2 });
    await test.replica.apply('born-later', [row(1, 1, ['a'])]);
    expect(await test.replica.completeRepair(10)).toBe(true);
    expect(await head()).toMatchObject({ filled: 10, seq: 3 });
    expect(await lastMessage()).toMatchObject({ kind: 'filled', seq: 3 });
    expect((await test.reader.heads(['born-later']))[0]).toMatchObject({ filled: 10, seq: 2 });
  });

  it('never calls a tenant filled that Redis lost between the look at the marker and the mark', async () => {
    await apply(row(1, 1, ['a']));
    const token = await beginFill();
    // The connection loses everything right after it was asked for the marker, by a script it knows already.
    expect(await test.replica.keepFilling(token)).toBe(true);
    const flaky = test.redis.duplicate();
    const call = flaky.call.bind(flaky) as (...args: unknown[]) => Promise<unknown>;
    flaky.call = (async (command: string, args: unknown[]) => {
      const answer = await call(command, args);
      if (args[2] === test.reader.names.fillState) {
        await flaky.flushall();
        await apply(row(2, 2, ['b']));
      }
      return answer;
    }) as typeof flaky.call;
    const replica = createReplica({ redis: flaky, prefix: test.prefix });
    expect(await replica.completeFill(token, 1)).toBe(false);
    expect((await test.reader.heads([tenant]))[0]).toMatchObject({ filled: 0, seq: 1 });
    flaky.disconnect();
  });
});
