import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { back, fresh, system, useStore } from '../config-store/store.fixture.ts';
import { session } from '../configs.fixture.ts';
import { brief, configs, revisions } from './write-backs.fixture.ts';

useStore({ configs });

describe("persistence: 'none'", () => {
  it('writes no row, and its versions go on after an unset', async () => {
    const { id, configs } = fresh();
    expect(await configs.set(session, { user: 'ann' })).toMatchObject({ version: 1, persisted: true });
    expect((await configs.unset(session)).version).toBe(2);
    expect(await configs.get(session)).toBeUndefined();
    await system.replication.replica.purgeTombstones(0);
    expect((await configs.set(session, { user: 'eve' })).version).toBe(3);
    expect(await revisions(id)).toEqual([]);
    expect(await back.dirtyCount(id)).toBe(0);
  });

  it('lives as long as its ttl', async () => {
    const { id, configs } = fresh();
    await configs.set(brief, 1);
    const key = system.replication.replica.names.of(id).keyPrefix + brief.address;
    await eventually(async () => expect(await configs.get(brief)).toBeUndefined());
    await eventually(async () => expect(await system.redis.exists(key)).toBe(0));
    expect((await configs.create(brief, 2)).version).toBe(2);
  });

  it('is not looked for by a flush', async () => {
    const { id, configs } = fresh();
    await configs.set(session, { user: 'ann' });
    expect(await back.dirtyTenants()).not.toContain(id);
  });
});
