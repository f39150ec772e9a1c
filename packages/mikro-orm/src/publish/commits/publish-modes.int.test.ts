import { defineSync } from '@tenantry/protocol';
import { testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { configStore } from '../../config-store/config-store.ts';
import { allConfigs, banner, limit, theme } from '../../configs.fixture.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import {
  holdNextApply,
  openSystem,
  type SystemOptions,
  type TestSystem,
  withoutVersions,
} from '../../system.fixture.ts';
import type { PublishMode } from './commit-publisher.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(publish: PublishMode, { tenantry, ...options }: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync: [[Plan, plans]], ...options, tenantry: { publish, ...tenantry } });
}

async function create(slug: string, tenantId = 'acme'): Promise<void> {
  const em = system.em();
  em.create(Plan, { tenantId, slug });
  await em.flush();
}

const slugs = async () => Object.keys(await system.redisKeys()).filter(key => key.includes('slug'));
const acme = () => configStore(system.orm as never).tenant('acme');

const modes = ['await', 'background', 'relay'] as const satisfies readonly PublishMode[];
const captures = testServers().databaseUrl.startsWith('postgres')
  ? (['hooks'] as const)
  : (['hooks', 'trigger'] as const);

describe.each(captures)('captured by %s, a committed change', capture => {
  it('is in Redis when the flush returns: `await`', async () => {
    await open('await', { tenantry: { capture } });
    await create('a');
    expect(await slugs()).toEqual(['acme/plans:slug:a']);
    expect(system.reportsOf('published').map(({ by }) => by)).toEqual(['commit']);
  });

  it('is published soon after the flush returned, which waits for nothing of it: `background`', async () => {
    await open('background', { tenantry: { capture } });
    const held = holdNextApply(system);
    await create('a');
    await held.reached;
    expect(await slugs()).toEqual([]);
    held.release();
    await system.replication.settled();
    expect(await slugs()).toEqual(['acme/plans:slug:a']);
    expect(system.reportsOf('published').map(({ by }) => by)).toEqual(['commit']);
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
  });

  it('is left to a relay, which is the only one to publish it: `relay`', async () => {
    await open('relay', { tenantry: { capture } });
    await create('a');
    await system.replication.settled();
    expect(await slugs()).toEqual([]);
    expect(await system.replication.backlog()).toEqual({ waiting: 1, dead: 0 });
    expect(await system.replication.relay()).toMatchObject({ published: 1 });
    expect(await slugs()).toEqual(['acme/plans:slug:a']);
    expect(system.reportsOf('published').map(({ by }) => by)).toEqual(['relay']);
    // Nothing went wrong.
    expect(system.reportsOf('deferred')).toEqual([]);
  });
});

describe.each(modes)('with `%s`', mode => {
  it('a write of the config store is in Redis before it resolves, and one in a transaction follows the mode', async () => {
    await open(mode, { tenantry: { configs: allConfigs } });
    expect(await acme().set(theme, { color: 'red' })).toMatchObject({ published: 'now' });
    expect(await system.value('acme', theme.address)).toMatchObject({ color: 'red' });
    expect(await acme().set(banner, { text: 'hello' })).toMatchObject({ policy: 'write-around', published: 'now' });
    await system.em().transactional(async em => {
      em.create(Plan, { tenantId: 'acme', slug: 'a' });
      await acme().set(limit, 5, { em: em as never });
    });
    if (mode === 'background') await system.replication.settled();
    if (mode !== 'relay') expect(await system.value('acme', limit.address)).toBe(5);
    if (mode === 'relay') expect(await system.value('acme', limit.address)).toBeUndefined();
    await system.drain();
    expect(await system.value('acme', limit.address)).toBe(5);
    // One transaction, one message.
    expect((await system.feed('acme')).at(-1)?.changes).toHaveLength(2);
  });

  it('a row that cannot be published is told of, is dead, and holds up no other', async () => {
    const small = defineSync<Plan>()({ name: 'plans', tenant: 'tenantId', keys: { slug: ['slug'] }, maxBytes: 500 });
    await open(mode, { sync: [[Plan, small]], tenantry: { maxAttempts: 1 } });
    const em = system.em();
    em.create(Plan, { tenantId: 'acme', slug: 'large', notes: 'x'.repeat(2_000) });
    em.create(Plan, { tenantId: 'acme', slug: 'small' });
    await em.flush();
    await system.replication.settled();
    await system.drain();
    expect(await slugs()).toEqual(['acme/plans:slug:small']);
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 1 });
    expect(system.reportsOf('failed')).toMatchObject([{ recordId: '1', dead: true }]);
  });

  it('what is rolled back is published by nobody', async () => {
    // G2
    await open(mode);
    const rolledBack = system.em().transactional(async em => {
      em.create(Plan, { tenantId: 'acme', slug: 'never' });
      await em.flush();
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    await system.em().transactional(async em => {
      em.create(Plan, { tenantId: 'acme', slug: 'kept' });
      await em.flush();
      const inner = em.transactional(async savepoint => {
        savepoint.create(Plan, { tenantId: 'acme', slug: 'never, too' });
        await savepoint.flush();
        throw new Error('rolled back');
      });
      await inner.catch(() => undefined);
    });
    await system.replication.settled();
    await system.drain();
    expect(await slugs()).toEqual(['acme/plans:slug:kept']);
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  });
});
