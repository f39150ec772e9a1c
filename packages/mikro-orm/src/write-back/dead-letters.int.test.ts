import { eventually } from '@tenantry/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import {
  acme,
  back,
  beside,
  expectSettled,
  history,
  hits,
  others,
  pass,
  shown,
  system,
  through,
  useFlushes,
} from './flush.fixture.ts';

useFlushes();

describe('a value that the database refuses', () => {
  const bad = 666_777_888;
  beforeEach(async () => {
    await system.sql(
      `alter table tenantry_config add constraint no_bad_value check (value is null or value <> '${bad}')`,
    );
  });

  it('is put aside after its attempts, with pauses, while the others go on', async () => {
    await acme().setMany([...others.map(each => [each, 1] as const), [hits, bad]]);
    expect(await back.flush()).toEqual({ flushed: others.length, deadLettered: 0, remaining: 1 });
    for (const pause of [500, 1_000, 2_000]) {
      // Not before its pause is over.
      expect(await back.flush()).toMatchObject({ flushed: 0, remaining: 1 });
      pass(pause);
      expect(await back.flush()).toMatchObject({ flushed: 0, deadLettered: 0, remaining: 1 });
    }
    pass(4_000);
    expect(await back.flush()).toEqual({ flushed: 0, deadLettered: 1, remaining: 0 });
    const [letter, ...none] = await back.deadLetters();
    expect(none).toEqual([]);
    expect(letter).toMatchObject({ tenant: 'acme', name: hits.name, version: 1, op: 'set', attempts: 5 });
    expect(JSON.stringify(letter)).not.toContain(String(bad));
    expect(system.reportsOf('dead-lettered')).toMatchObject([{ name: hits.name, version: 1, attempts: 5 }]);
    expect(JSON.stringify(system.reports)).not.toContain(String(bad));
    // Readers keep what was acknowledged until somebody decides.
    expect(await shown()).toBe(bad);
  });

  async function bury(): Promise<string> {
    await acme().set(hits, 1);
    await back.flush();
    await acme().set(hits, bad);
    await eventually(
      async () => {
        pass(60_000);
        return (await back.flush()).deadLettered === 1;
      },
      { intervalMs: 0 },
    );
    return (await back.deadLetters())[0]?.id as string;
  }

  it('can be tried again once the reason is gone', async () => {
    const id = await bury();
    expect(await back.retryDeadLetters([id, 'nobody'])).toBe(1);
    expect(await back.deadLetters()).toEqual([]);
    await system.sql('alter table tenantry_config drop constraint no_bad_value');
    expect(await back.flush()).toMatchObject({ flushed: 1, remaining: 0 });
    await expectSettled(bad, 3);
  });

  it('can be discarded: readers get what the database has, as a newer version', async () => {
    const id = await bury();
    expect(await back.discardDeadLetters([id])).toBe(1);
    expect(await back.deadLetters()).toEqual([]);
    await expectSettled(1, 3);
    expect((await history()).at(-1)).toEqual([3, '1', 'discard of 2']);
    expect((await acme().set(hits, 4)).version).toBe(4);
    await back.flush();
    await expectSettled(4, 4);
  });

  it('that never was in the database is unset when it is discarded', async () => {
    await acme().set(hits, bad);
    await eventually(async () => {
      pass(60_000);
      return (await back.flush()).deadLettered === 1;
    });
    expect(await back.discardDeadLetters()).toBe(1);
    await expectSettled(undefined, 2);
  });

  it('is forgotten as a dead letter once a newer value is set', async () => {
    await bury();
    await acme().set(hits, 3);
    expect(await back.retryDeadLetters()).toBe(0);
    expect(await back.deadLetters()).toEqual([]);
    await back.flush();
    await expectSettled(3, 3);
  });

  it('does not hinder a later write to the database, which readers see', async () => {
    await acme().set(hits, 1);
    await back.flush();
    for (let i = 0; i < 4; i++) await acme().set(hits, bad);
    await using later = await beside([through]);
    expect((await configStore(later.orm).tenant('acme').set(through, 2)).version).toBe(6);
    await expectSettled(2, 6);
    expect(await back.deadLetters()).toMatchObject([{ version: 5 }]);
  });
});
