import { describe, expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem } from '../system.fixture.ts';
import { RESERVED_MS } from './config-quota.ts';
import {
  a,
  acme,
  alsoThrough,
  around,
  b,
  back,
  c,
  codeOf,
  configs,
  d,
  id,
  lose,
  memory,
  namesOf,
  pass,
  rows,
  store,
  system,
  through,
  useQuota,
} from './quota.fixture.ts';

useQuota();

describe('a write-back at the quota', () => {
  // E8
  it('is refused if it would be one more, and not if it changes a value that is set', async () => {
    for (const config of [a, b, c]) await acme.set(config, 1);
    const refused = acme.set(d, 1);
    await expect(refused).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', retryable: false });
    expect(await codeOf(acme.create(d, 1))).toBe('QUOTA_EXCEEDED');
    expect(await codeOf(acme.create(a, 1))).toBe('KEY_EXISTS');
    expect((await acme.set(a, 2)).version).toBe(2);
    expect((await acme.update(b, 2)).version).toBe(2);
    expect(await namesOf()).toEqual(['back/a', 'back/b', 'back/c']);
    expect(await system.value(id, d.address)).toBeUndefined();
    await back.flush(id);
    expect(await rows()).toBe(3);
    expect(await codeOf(acme.set(d, 1))).toBe('QUOTA_EXCEEDED');
    expect((await acme.set(c, 2)).version).toBe(2);
    expect(await codeOf(store.tenant(`${id}-other`).set(d, 1))).toBe('written');
  });

  it('counts as soon as it is acknowledged, also for the other policies, and they for it', async () => {
    await acme.set(through, 1);
    await acme.set(a, 1);
    await acme.set(around, 1);
    for (const config of [b, alsoThrough]) expect(await codeOf(acme.set(config, 1))).toBe('QUOTA_EXCEEDED');
    await back.flush(id);
    for (const config of [b, alsoThrough]) expect(await codeOf(acme.set(config, 1))).toBe('QUOTA_EXCEEDED');
    await acme.unset(through);
    expect(await codeOf(acme.set(b, 1))).toBe('written');
  });

  it('leaves its place at once when it is unset, and needs one to be set again', async () => {
    for (const config of [a, b, c]) await acme.set(config, 1);
    await acme.unset(a);
    expect(await codeOf(acme.set(d, 1))).toBe('written');
    expect(await codeOf(acme.set(a, 2))).toBe('QUOTA_EXCEEDED');
    await acme.unset(b);
    await acme.set(alsoThrough, 1);
    await back.flush(id);
    expect(await rows()).toBe(3);
    expect(await codeOf(acme.set(a, 2))).toBe('QUOTA_EXCEEDED');
    await acme.unset(c);
    expect((await acme.set(a, 2)).version).toBe(3);
    await acme.unset(a);
    await acme.set(a, 3);
    await back.flush(id);
    expect(await namesOf()).toEqual(['back/a', 'back/d', 'through/too']);
    expect(await rows()).toBe(3);
  });

  it('in a bulk: all or none, or each for itself', async () => {
    await acme.set(a, 1);
    expect(await codeOf(acme.setMany([b, c, d].map(config => [config, 1] as const)))).toBe('QUOTA_EXCEEDED');
    expect(await namesOf()).toEqual(['back/a']);
    const each = await acme.setMany(
      [b, c, d].map(config => [config, 1] as const),
      { atomic: false },
    );
    expect(each.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(each[2]).toMatchObject({ error: { code: 'QUOTA_EXCEEDED' } });
    await acme.setMany([a, b, c].map(config => [config, 2] as const));
    expect(await namesOf()).toEqual(['back/a', 'back/b', 'back/c']);
  });

  it('is needed for a rollback that sets it again', async () => {
    await acme.set(a, 1);
    await back.flush(id);
    await acme.unset(a);
    for (const config of [b, c, d]) await acme.set(config, 1);
    expect(await codeOf(acme.rollback(a, 1))).toBe('QUOTA_EXCEEDED');
    await acme.unset(b);
    expect((await acme.rollback(a, 1)).version).toBe(3);
  });

  it('does not concern what is kept in Redis alone, and such a config takes no place', async () => {
    await acme.set(memory, 1);
    for (const config of [a, b, c]) await acme.set(config, 1);
    await acme.set(memory, 2);
    await store.tenant(`${id}-none`).set(memory, 1);
    expect((await acme.get(memory))?.value).toBe(2);
  });

  it('keeps its place when Redis lost it, for itself, and for a while', async () => {
    for (const config of [a, b]) await acme.set(config, 1);
    await back.flush(id);
    await acme.set(c, 1);
    await lose();
    expect(await namesOf()).toEqual(['back/a', 'back/b']);
    expect(await codeOf(acme.set(d, 1))).toBe('QUOTA_EXCEEDED');
    expect((await acme.set(a, 2)).version).toBe(2);
    expect((await acme.set(c, 1)).version).toBe(1);
    await lose();
    pass(RESERVED_MS + 1);
    expect(await codeOf(acme.set(d, 1))).toBe('written');
    expect(await codeOf(acme.set(c, 1))).toBe('QUOTA_EXCEEDED');
  });

  it('is shown by no view before its value is there', async () => {
    await acme.set(a, 1);
    await lose();
    expect(await acme.list()).toEqual({ items: [], cursor: undefined });
    expect(await codeOf(acme.history(a))).toBe('NOT_FOUND');
    expect(await acme.get(a)).toBeUndefined();
    expect((await acme.state()).configs.find(({ name }) => name === a.name)).toMatchObject({
      isSet: false,
      database: 0,
      redis: 0,
      inSync: true,
    });
    expect((await store.tenants({ prefix: id })).items).toEqual([]);
  });

  it('counts a value that has ended only once it is set again', async () => {
    for (const config of [a, b]) await acme.set(config, 1, { expiresAt: 1 });
    await acme.set(c, 1);
    await back.flush(id);
    expect(await codeOf(acme.set(d, 1))).toBe('written');
    expect(await codeOf(acme.set(a, 2))).toBe('written');
    expect(await codeOf(acme.set(b, 2))).toBe('QUOTA_EXCEEDED');
    await store.expireDue();
    await back.flush(id);
    expect(await namesOf()).toEqual(['back/a', 'back/c', 'back/d']);
  });

  it('keeps its place when the value before it ends meanwhile', async () => {
    await acme.set(a, 1, { expiresAt: 1 });
    await back.flush(id);
    for (const config of [b, c]) await acme.set(config, 1);
    await acme.set(a, 2);
    await lose();
    expect(await store.expireDue()).toBe(1);
    expect(await codeOf(acme.set(d, 1))).toBe('QUOTA_EXCEEDED');
  });

  it('keeps no place when it is set and unset between two flushes', async () => {
    for (const config of [a, b]) await acme.set(config, 1);
    for (let n = 0; n < 3; n++) {
      await acme.set(c, n);
      await acme.unset(c);
    }
    await back.flush(id);
    expect(await codeOf(acme.set(d, 1))).toBe('written');
  });
});

describe('without a quota', () => {
  it('a write-back of an unset config asks no database', async () => {
    await using free = await openSystem({ sync: [[Plan, plans]], tenantry: { configs } });
    const mine = configStore(free.orm).tenant(id);
    await mine.set(a, 1);
    await mine.unset(a);
    await free.orm.close(true);
    expect((await mine.set(a, 2)).version).toBe(3);
    await free.orm.reconnect();
  });
});

describe('at the quota, a database that is away', () => {
  it('hinders no change of a value that is set', async () => {
    for (const config of [a, b, c]) await acme.set(config, 1);
    await system.orm.close(true);
    expect((await acme.set(a, 2)).version).toBe(2);
    await system.orm.reconnect();
    await back.flush(id);
    expect(await rows()).toBe(3);
  });
});
