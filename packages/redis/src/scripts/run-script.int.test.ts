import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OwnReplica } from '../replica/own-replica.fixture.ts';
import { row } from '../replica.fixture.ts';

const own = new OwnReplica();
const { apply, beginFill, lastMessage } = own;
beforeAll(own.start);
afterAll(own.stop);
beforeEach(own.begin);
afterEach(own.end);

describe('the scripts', () => {
  // The cache of scripts is lost by a restart, a failover and SCRIPT FLUSH.
  it('are sent again to a server that lost them', async () => {
    await apply(row(1, 1, ['a']));
    await own.test.redis.script('FLUSH');
    expect(await apply(row(1, 2, ['a']))).toEqual([true]);
    await own.test.redis.script('FLUSH');
    expect(await own.test.replica.purgeTombstones(0)).toBe(0);
    const token = await beginFill();
    await own.test.redis.script('FLUSH');
    expect(await own.test.replica.completeFill(token, 1)).toBe(true);
  });

  it('take a batch of thirty thousand records', async () => {
    const many = Array.from({ length: 30_000 }, (_, i) => row(i, i + 1, [`k${i}`], { text: '' }));
    expect(await apply(...many)).toEqual(many.map(() => true));
    expect((await lastMessage()).changes).toHaveLength(30_000);
  });
});
