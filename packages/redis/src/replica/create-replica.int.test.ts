import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VERSION_VECTORS } from '../../../protocol/src/version-vectors.fixture.ts';
import { gone, ownerOfRow, row, standing } from '../replica.fixture.ts';
import { OwnReplica } from './own-replica.fixture.ts';

const own = new OwnReplica();
const { apply, feed, lastMessage, names, now } = own;
const tenant = 'acme';
beforeAll(own.start);
afterAll(own.stop);
beforeEach(own.begin);
afterEach(own.end);

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
    expect(await own.test.redis.hget(names().epoch, 'seq')).toBe('1');
  });

  // J12
  it('leaves its old address when its key changes', async () => {
    await apply(row(1, 1, ['id:1', 'slug:a']));
    await apply(row(1, 2, ['id:1', 'slug:b']));
    expect(await now()).toEqual({ 'id:1': 'rows:1@2', 'slug:b': 'rows:1@2' });
  });

  it('leaves an old address that Redis forgot and the change names', async () => {
    await apply(row(1, 1, ['slug:a']));
    await own.test.redis.del(names().records);
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
    await own.test.redis.del(names().records);
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
    expect(await own.test.redis.pexpiretime(`${names().keyPrefix}a`)).toBe(Math.floor(expiresAt));
    await apply(row(1, 2, ['a', 'b']));
    expect(await own.test.redis.pexpiretime(`${names().keyPrefix}b`)).toBe(-1);
    await apply(row(1, 3, ['a'], { expiresAt: Date.now() - 1000 })); // H2
    expect(await now()).toEqual({});
    expect(await apply(row(1, 2, ['a']))).toEqual([false]);
  });

  // R2
  it('moves to another tenant in two calls', async () => {
    await own.test.replica.apply('old', [row(1, 1, ['a'])]);
    await own.test.replica.apply('old', [gone(1, 2, ['a'])]);
    await own.test.replica.apply('new', [row(1, 2, ['a'])]);
    expect(await standing(own.test.redis, own.test.replica, 'old')).toEqual({});
    expect(await standing(own.test.redis, own.test.replica, 'new')).toEqual({ a: 'rows:1@2' });
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
      await expect(own.test.replica.apply(tenant, changes)).rejects.toMatchObject({ code: 'INVALID_VERSION' });
      expect(await now()).toEqual({});
    },
  );
});

describe('many changes', () => {
  it('of any size are one step and one message, in their order', async () => {
    const long = `slug:${'x'.repeat(70_000)}`;
    const former = Array.from({ length: 70_000 }, (_, i) => `old:${i}`);
    await apply(row(1, 1, ['old:69999']));
    await own.test.redis.del(names().records);
    const changes = [
      ...Array.from({ length: 1_500 }, (_, i) => row(i + 10, i + 10, [`id:${i + 10}`], { text: 'y'.repeat(500) })),
      row(2, 5_000, ['id:2', long], { text: 'z'.repeat(1_000_000) }),
      gone(10, 5_001),
      row(1, 5_002, ['id:1'], { formerAddresses: former }),
      row(1, 1, ['id:1'], { text: 'stale' }),
    ];
    const flags = await own.test.replica.apply(tenant, changes);
    expect(flags).toEqual([...changes.slice(1).map(() => true), false]);
    const standing = await now();
    expect(Object.keys(standing)).toHaveLength(1_499 + 3);
    expect(standing).toMatchObject({ 'id:11': 'rows:11@11', [long]: 'rows:2@5000', 'id:1': 'rows:1@5002' });
    const [, told, ...more] = await feed();
    expect(more).toEqual([]);
    const message = own.codec.decode(told as Buffer);
    expect(message.changes.map(({ owner, version, op, addresses }) => ({ owner, version, op, addresses }))).toEqual(
      changes.slice(0, -1).map(({ owner, version, op, addresses }) => ({ owner, version, op, addresses })),
    );
    expect(message.changes.at(-2)).toMatchObject({ op: 'delete', envelope: undefined });
    expect(message.changes[0]?.envelope).toEqual(changes[0]?.envelope);
    expect(message.changes[1_500]?.envelope).toBeUndefined(); // too large to push
  });
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
    await own.test.redis.del(names().records);
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

describe('what is foreign', () => {
  const truncated = (row(2, 99, ['a']).envelope as Buffer).subarray(0, 29);
  it.each([
    ['text', async (key: string) => own.test.redis.set(key, 'hello, this is somebody else: 0123456789')],
    ['nothing', async (key: string) => own.test.redis.set(key, '')],
    ['a list', async (key: string) => own.test.redis.rpush(key, 'x')],
    ['a hash', async (key: string) => own.test.redis.hset(key, 'x', 'y')],
    ['a cut envelope', async (key: string) => own.test.redis.set(key, truncated)],
    ['a version above all others', async (key: string) => own.test.redis.set(key, '\x01'.padEnd(64, '~'))],
  ])('is overwritten where a record belongs: %s', async (_, plant) => {
    await plant(`${names().keyPrefix}a`);
    expect(await apply(row(1, 1, ['a']))).toEqual([true]);
    expect(await now()).toEqual({ a: 'rows:1@1' });
    await own.test.redis.del(`${names().keyPrefix}a`);
    await plant(`${names().keyPrefix}a`);
    await apply(row(1, 2, ['a']));
    expect(await now()).toEqual({ a: 'rows:1@2' });
  });

  it('is left alone where a record only leaves', async () => {
    await apply(row(1, 1, ['a']));
    await own.test.redis.del(`${names().keyPrefix}a`);
    await own.test.redis.rpush(`${names().keyPrefix}a`, 'x');
    expect(await apply(gone(1, 2))).toEqual([true]);
    expect(await own.test.redis.type(`${names().keyPrefix}a`)).toBe('list');
  });

  it('counts as unknown where a version belongs', async () => {
    await own.test.redis.hset(names().records, ownerOfRow(1), 'garbage');
    expect(await apply(row(1, 1, ['a']))).toEqual([true]);
  });
});
