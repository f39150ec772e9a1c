import { describe, expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import { holdNextSettle } from '../held-calls.fixture.ts';
import {
  acme,
  back,
  beside,
  expectSettled,
  history,
  hits,
  shown,
  system,
  through,
  useFlushes,
} from './flush.fixture.ts';

useFlushes();

describe('a change of policy', () => {
  it('from write-back to write-through first brings the database what was acknowledged', async () => {
    await acme().set(hits, 1);
    await using later = await beside([through]);
    expect((await configStore(later.orm).tenant('acme').set(through, 2)).version).toBe(2);
    expect(await history()).toEqual([
      [1, '1', 'api'],
      [2, '2', 'api'],
    ]);
    await expectSettled(2, 2);
    // And back again.
    expect((await acme().set(hits, 3)).version).toBe(3);
    await back.flush();
    await expectSettled(3, 3);
  });

  it('in the middle of a write gives the write-back a version above the row, for readers too', async () => {
    await using later = await beside([through]);
    await configStore(later.orm).tenant('acme').set(through, 1);
    await acme().set(hits, 2);
    // As if the other process had looked before the set, and written after it.
    await system.sql("update tenantry_config set version = 4, value = '9' where name = ?", [hits.name]);
    expect(await back.flush('acme')).toMatchObject({ flushed: 1 });
    await expectSettled(2, 5);
    expect(await history()).toEqual([
      [1, '1', 'api'],
      [5, '2', 'api'],
    ]);
    // What Redis gave after that is no older for it.
    expect((await acme().set(hits, 3)).version).toBe(6);
    await back.flush();
    await expectSettled(3, 6);
  });

  it('loses no set that comes while a version is raised', async () => {
    await acme().set(hits, 1);
    await back.flush();
    await acme().set(hits, 2);
    await system.sql("update tenantry_config set version = 7, value = '9' where name = ?", [hits.name]);
    const held = holdNextSettle(system.redis);
    const flushing = back.flush('acme');
    await held.reached;
    expect((await acme().set(hits, 3)).version).toBe(3);
    held.release();
    await flushing;
    expect(await shown()).toBe(3);
    await back.flush('acme');
    await expectSettled(3, 9);
  });
});
