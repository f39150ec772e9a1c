import { eventually } from '@tenantry/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OwnReplica } from '../replica/own-replica.fixture.ts';
import { gone, ownerOfRow, row } from '../replica.fixture.ts';

const own = new OwnReplica();
const { apply, names, now } = own;
beforeAll(own.start);
afterAll(own.stop);
beforeEach(own.begin);
afterEach(own.end);

describe('tombstones', () => {
  it('go once they are old enough, and never with a record that came again', async () => {
    await apply(row(1, 1, ['a']), row(2, 1, ['b']), row(3, 1, []));
    await apply(gone(1, 2), gone(2, 2), gone(3, 2));
    await apply(row(2, 3, ['b']), row(3, 3, []));
    expect(await own.test.replica.purgeTombstones(60_000)).toBe(0);
    expect(await own.test.redis.hkeys(names().records)).toHaveLength(3);
    // Old enough as soon as Redis's clock has moved on.
    expect(await eventually(() => own.test.replica.purgeTombstones(1))).toBe(1);
    expect((await own.test.redis.hkeys(names().records)).sort()).toEqual(['rows:2', 'rows:3']);
    expect(await now()).toEqual({ b: 'rows:2@3' });
    expect(await own.test.redis.exists(names().tombstones)).toBe(0);
    expect(await apply(row(2, 2, ['old']))).toEqual([false]);
  });

  it('go by age since the last delete', async () => {
    await apply(gone(1, 1));
    await own.test.redis.zadd(names().tombstones, Date.now() - 10_000, ownerOfRow(1));
    await apply(gone(1, 2));
    expect(await own.test.replica.purgeTombstones(5_000)).toBe(0);
    await own.test.redis.zadd(names().tombstones, Date.now() - 10_000, ownerOfRow(1));
    expect(await own.test.replica.purgeTombstones(5_000)).toBe(1);
  });

  it('go in all tenants, more than one batch of them', async () => {
    const many = Array.from({ length: 1200 }, (_, i) => gone(i, 1));
    for (const each of ['one', 'two']) await own.test.replica.apply(each, many);
    expect(await own.test.replica.purgeTombstones(0)).toBe(2400);
    expect(await own.test.redis.exists(own.test.replica.names.of('two').records)).toBe(0);
  });
});
