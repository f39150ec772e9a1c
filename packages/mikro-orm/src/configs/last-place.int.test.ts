import { describe, expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import { banner, limit, theme } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem } from '../system.fixture.ts';
import { writeBack } from '../write-back/write-back.ts';
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
  many,
  namesOf,
  QUOTA,
  rows,
  system,
  through,
  useQuota,
} from './quota.fixture.ts';

useQuota();

describe('the last place', () => {
  it('goes to exactly one of many write-backs', async () => {
    for (const config of [a, b]) await acme.set(config, 1);
    const all = await Promise.all(many.map(config => codeOf(acme.create(config, 1))));
    expect(all.sort()).toEqual([...Array(19).fill('QUOTA_EXCEEDED'), 'written']);
    await back.flush(id);
    expect(await rows()).toBe(3);
  });

  it('goes to one write, whichever of two processes and three policies it is of', async () => {
    await using other = await openSystem({
      sync: [[Plan, plans]],
      database: system.database,
      prefix: system.prefix,
      tenantry: { configs, maxConfigsPerTenant: QUOTA },
    });
    const beside = configStore(other.orm).tenant(id);
    await acme.set(a, 1);
    const wanted = [...many.slice(0, 6), through, around, alsoThrough];
    const all = await Promise.all(wanted.flatMap((config, i) => [codeOf((i % 2 ? acme : beside).set(config, 1))]));
    expect(all.filter(code => code === 'written')).toHaveLength(2);
    await back.flush(id);
    expect(await rows()).toBe(3);
  });

  it('is one place however many write the same config for the first time', async () => {
    for (const config of [a, b]) await acme.set(config, 1);
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => codeOf(acme.set(c, i))));
    expect(new Set(all)).toEqual(new Set(['written']));
    expect((await acme.get(c))?.version).toBe(10);
  });

  // E8
  it('goes to one of two writes through the database, and no change of a set config needs it', async () => {
    await using small = await openSystem({
      sync: [[Plan, plans]],
      tenantry: { configs: [theme, limit, banner], maxConfigsPerTenant: 2 },
    });
    const configs = configStore(small.orm).tenant('acme');
    await configs.set(theme, { color: 'red' });
    const both = await Promise.allSettled([configs.set(limit, 1), configs.set(banner, { text: 'hi' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'QUOTA_EXCEEDED' } });
    await configs.set(theme, { color: 'green' });
    await configs.unset(theme);
    await configs.set(theme, { color: 'blue' });
    expect((await configStore(small.orm).tenant('other').set(theme, { color: 'red' })).version).toBe(1);
  });
});

describe('a place that another takes in between', () => {
  /** Holds the next transaction that commits, after it has. */
  function holdNextCommit(): { readonly reached: Promise<void>; release(): void } {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    let isHeld = false;
    system.orm.em.getEventManager().registerSubscriber({
      async afterTransactionCommit() {
        if (isHeld) return;
        isHeld = true;
        reached.resolve();
        await released.promise;
      },
    });
    return { reached: reached.promise, release: released.resolve };
  }
  const beside = () =>
    openSystem({
      sync: [[Plan, plans]],
      database: system.database,
      prefix: system.prefix,
      tenantry: { configs, maxConfigsPerTenant: QUOTA },
    });

  //   w1: reads "unset", reserves
  //   w2:                          sets it   unsets it   flushes   sets another: the last place
  //   w1:                                                                                        writes → looks again
  it('is reserved again, and refused if another config has it by then', async () => {
    await using other = await beside();
    const theirs = configStore(other.orm).tenant(id);
    for (const config of [a, b, c]) await acme.set(config, 1);
    await acme.unset(a);
    await back.flush(id);
    const held = holdNextCommit();
    const late = codeOf(acme.set(a, 2));
    await held.reached;
    await theirs.set(a, 3);
    await theirs.unset(a);
    await writeBack(other.orm).flush(id);
    await theirs.set(d, 1);
    held.release();
    expect(await late).toBe('QUOTA_EXCEEDED');
    expect(await namesOf()).toEqual(['back/b', 'back/c', 'back/d']);
  });

  //   w1: finds it set in the database, where its unset is not flushed
  //   w2:                                                               flushes   sets another: the last place
  //   w1:                                                                                        writes it: one too many
  it('is refused to an unset config once the unset is flushed and another config has the place', async () => {
    await using other = await beside();
    for (const config of [a, b, c]) await acme.set(config, 1);
    await back.flush(id);
    await acme.unset(a);
    const held = holdNextCommit();
    const late = codeOf(acme.set(a, 2));
    await held.reached;
    await writeBack(other.orm).flush(id);
    await configStore(other.orm).tenant(id).set(d, 1);
    held.release();
    expect(await late).toBe('QUOTA_EXCEEDED');
    expect(await namesOf()).toEqual(['back/b', 'back/c', 'back/d']);
  });
});
