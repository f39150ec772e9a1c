import type { EntityManager } from '@mikro-orm/core';
import { GLOBAL_TENANT } from '@tenantry/protocol';
import { tenantText } from '@tenantry/protocol/internal';
import { eventually } from '@tenantry/testing';
import { beforeEach, expect, it } from 'vitest';
import { fresh, store, system, useStore } from '../config-store/store.fixture.ts';
import { waiting } from '../database/held-locks.fixture.ts';
import { range, scopedConfigs } from '../scopes.fixture.ts';

useStore({ configs: scopedConfigs, publish: 'relay' });

type Work = (em: EntityManager) => Promise<unknown>;

// A tenant in a group that is in another one, and a tenant beside them. Every row that is locked is there already.
const eu = 'eu';
const de = 'de';
let acme = '';
let other = '';

beforeEach(async () => {
  for (const [group, above] of [
    ['top', []],
    [eu, []],
    [de, [eu]],
  ] as const) {
    await store.scopes.setGroup(group, above);
    await store.group(group).set(range, { note: group });
  }
  await store.global().set(range, { note: 'all' });
  [other, acme] = [fresh().id, fresh().id];
  for (const [id, groups] of [
    [other, ['top']],
    [acme, [de]],
  ] as const) {
    await store.scopes.set(id, groups);
    await store.tenant(id).set(range, { note: id });
  }
});

const works: Record<string, Work> = {
  'a value for all': em => store.global().set(range, { min: 1 }, { em }),
  'a value of a group': em => store.group(eu).set(range, { min: 2 }, { em }),
  'a value of a group below': em => store.group(de).set(range, { min: 3 }, { em }),
  'a value of a tenant': em => store.tenant(acme).set(range, { min: 4 }, { em }),
  'an unset of a tenant': em => store.tenant(acme).unsetMany([range], { em }),
  'the groups of a group': em => store.scopes.setGroup(eu, ['top'], { em }),
  'the groups of a tenant': em => store.scopes.set(acme, [de, eu], { em }),
};

/** What another connection holds, so that the first is in the midst of its locks when the second begins: a scope and a name in it. */
const held: Record<string, () => readonly [string, string]> = {
  'the value for all': () => [tenantText(GLOBAL_TENANT), 'range'],
  'the groups of another tenant': () => [tenantText(other), '@groups'],
};

// A transaction of the application is not tried again.
it.each([
  ['a value for all', 'a value of a tenant', 'the groups of another tenant'],
  ['a value for all', 'the groups of a tenant', 'the groups of another tenant'],
  ['a value of a group', 'a value of a group below', 'the value for all'],
  ['a value of a group', 'an unset of a tenant', 'the value for all'],
  ['a value of a group', 'the groups of a tenant', 'the value for all'],
  ['a value of a group below', 'the groups of a group', 'the value for all'],
  ['the groups of a group', 'a value of a tenant', 'the value for all'],
])('two transactions of the application do not end each other: %s beside %s', async (first, second, stop) => {
  const holder = system.em();
  await holder.begin();
  const row = (held[stop] as () => readonly [string, string])();
  await holder.execute('select id from tenantry_config where tenant = ? and name = ? for update', [...row]);
  const running: Promise<unknown>[] = [];
  for (const name of [first, second]) {
    const run = system.em().transactional(em => (works[name] as Work)(em));
    run.catch(() => undefined);
    running.push(run);
    await eventually(async () => expect(await waiting(system.orm)).toHaveLength(running.length));
  }
  await holder.commit();
  expect(await Promise.allSettled(running)).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
});

it('a deadlock of two that come from a tenant to a group says that the transaction is to be repeated', async () => {
  const both = [system.em(), system.em()] as const;
  for (const em of both) await em.begin();
  for (const [i, em] of both.entries()) await store.tenant([acme, other][i] as string).set(range, { min: 5 }, { em });
  const writing = both.map(em => store.group(eu).set(range, { min: 6 }, { em }));
  const ended = await Promise.any(
    writing.map(write =>
      write.then(
        () => Promise.reject(),
        error => error as Error,
      ),
    ),
  );
  expect(ended).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  expect(ended.message).toMatch(/deadlock.*repeat the transaction/i);
  for (const em of both) await em.rollback();
  await Promise.allSettled(writing);
});
