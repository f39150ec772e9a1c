import { BUSY_MS, testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { configStore } from '../../config-store/config-store.ts';
import { allConfigs, counter, limit, theme } from '../../configs.fixture.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { holdNextApply, openSystem, type SystemOptions, type TestSystem } from '../../system.fixture.ts';
import type { PublishMode } from './commit-publisher.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(publish: PublishMode, { tenantry, ...options }: Partial<SystemOptions> = {}): Promise<void> {
  const configured = { publish, configs: allConfigs, ...tenantry };
  system = await openSystem({ sync: [[Plan, plans]], ...options, tenantry: configured });
}

async function create(slug: string, tenantId = 'acme'): Promise<void> {
  const em = system.em();
  em.create(Plan, { tenantId, slug });
  await em.flush();
}

const acme = () => configStore(system.orm as never).tenant('acme');
const withToken = async (work: () => Promise<unknown>) => (await system.replication.withToken(work)).token;
const visible = (token: string, timeoutMs = 30_000) => system.replication.visible(token, { timeoutMs });
const notYet = { code: 'TIMEOUT', retryable: true };
const hasSlug = (slug: string) => system.value('acme', `plans:slug:${slug}`);

const captures = testServers().databaseUrl.startsWith('postgres')
  ? (['hooks'] as const)
  : (['hooks', 'trigger'] as const);

describe.each(captures)('captured by %s, a commit is waited for until Redis has it', capture => {
  it('with `await`, which it has already', async () => {
    await open('await', { tenantry: { capture } });
    await visible(await withToken(() => create('a')));
    expect(await hasSlug('a')).toBeDefined();
  });

  it('with `background`, until its publish has ended', async () => {
    await open('background', { tenantry: { capture } });
    const held = holdNextApply(system);
    const token = await withToken(() => create('a'));
    await held.reached;
    await expect(visible(token, 20)).rejects.toMatchObject(notYet);
    const waiting = visible(token);
    held.release();
    await waiting;
    expect(await hasSlug('a')).toBeDefined();
  });

  it('with `relay`, until a relay has published it', async () => {
    await open('relay', { tenantry: { capture } });
    const token = await withToken(() => create('a'));
    await expect(visible(token, 20)).rejects.toMatchObject(notYet);
    const waiting = visible(token);
    await system.replication.relay();
    await waiting;
    expect(await hasSlug('a')).toBeDefined();
  });

  const ways: Record<string, () => Promise<unknown>> = {
    'a flush': () => create('a'),
    'em.transactional': () =>
      system.em().transactional(async em => void em.create(Plan, { tenantId: 'acme', slug: 'a' })),
    'begin and commit': async () => {
      const em = system.em();
      await em.begin();
      em.create(Plan, { tenantId: 'acme', slug: 'a' });
      await em.commit();
    },
    'a transaction in a transaction': () =>
      system
        .em()
        .transactional(em => em.transactional(async each => void each.create(Plan, { tenantId: 'acme', slug: 'a' }))),
    'em.upsert alone': () => system.em().upsert(Plan, { tenantId: 'acme', slug: 'a', name: '' }),
    'em.upsert in a transaction': () =>
      system.em().transactional(em => em.upsert(Plan, { tenantId: 'acme', slug: 'a', name: '' })),
    "a config in the caller's transaction": () =>
      system.em().transactional(async em => {
        em.create(Plan, { tenantId: 'acme', slug: 'a' });
        await acme().set(limit, 5, { em: em as never });
      }),
    'one commit of several': async () => {
      await acme().set(theme, { color: 'red' });
      await create('a');
      await acme().set(theme, { color: 'green' });
    },
    'an inner `withToken`': () => withToken(() => create('a')),
  };
  it.each(Object.entries(ways))('however it was made: %s', async (_, write) => {
    await open('relay', { tenantry: { capture } });
    const token = await withToken(write);
    await expect(visible(token, 20)).rejects.toMatchObject(notYet);
    await system.drain();
    await visible(token);
    expect(await hasSlug('a')).toBeDefined();
  });
});

it('waits for no commit but those of the work', async () => {
  await open('relay');
  const mine = withToken(async () => {
    await acme().set(theme, { color: 'red' });
  });
  await create('another');
  await visible(await mine);
  await system.replication.settled();
  expect(await system.replication.backlog()).toMatchObject({ waiting: 1 });
});

it('waits for nothing where nothing was committed, or only Redis was written', async () => {
  await open('relay');
  await create('another');
  await visible(await withToken(async () => undefined));
  await visible(await withToken(() => acme().set(counter, { n: 1 })));
  const rolledBack = system.replication.withToken(() =>
    system.em().transactional(async em => {
      em.create(Plan, { tenantId: 'acme', slug: 'never' });
      await em.flush();
      throw new Error('rolled back');
    }),
  );
  await expect(rolledBack).rejects.toThrow('rolled back');
});

it('answers the result of the work, and a token that another process takes from JSON', async () => {
  await open('relay');
  const { result, token } = await system.replication.withToken(async () => {
    await create('a');
    return 'made';
  });
  expect(result).toBe('made');
  const sent = JSON.parse(JSON.stringify({ token })) as { token: string };
  const { database, prefix } = system;
  await using other = await openSystem({ sync: [[Plan, plans]], database, prefix });
  await expect(other.replication.visible(sent.token, { timeoutMs: 20 })).rejects.toMatchObject(notYet);
  const waiting = other.replication.visible(sent.token, { timeoutMs: 30_000 });
  await system.replication.relay();
  await waiting;
});

describe.each(['await', 'background', 'relay'] as const)('with `%s`', mode => {
  it('says that a change was given up on, and waits again once it is tried again', async () => {
    await open(mode, { tenantry: { maxAttempts: 1 } });
    await system.redis.set(system.replication.replica.names.of('acme').records, 'something else');
    const token = await withToken(() => create('a'));
    await system.replication.settled();
    if (mode === 'relay') await system.replication.relay();
    const [dead] = await system.replication.deadRows();
    await expect(visible(token)).rejects.toMatchObject({ code: 'NOT_PUBLISHED', details: { deadRows: [dead?.id] } });
    await system.redis.del(system.replication.replica.names.of('acme').records);
    await system.replication.retryDeadRows();
    await expect(visible(token, 20)).rejects.toMatchObject(notYet);
    await system.drain();
    await visible(token);
  });
});

it('says that a relay gave up on a change which waited to be published in the background', async () => {
  await open('background', { tenantry: { maxAttempts: 1 } });
  await system.redis.set(system.replication.replica.names.of('acme').records, 'something else');
  const held = holdNextApply(system);
  await create('z', 'zeta');
  await held.reached;
  const tokens = [await withToken(() => create('a')), await withToken(() => create('b'))];
  await system.replication.relay();
  held.release();
  for (const token of tokens) await expect(visible(token)).rejects.toMatchObject({ code: 'NOT_PUBLISHED' });
});

it('waits for the relay where the queue was full', async () => {
  await open('background', { tenantry: { publishQueueSize: 1 } });
  const held = holdNextApply(system);
  const first = await withToken(() => create('a'));
  await held.reached;
  const second = await withToken(() => create('b'));
  held.release();
  await visible(first);
  await expect(visible(second, 20)).rejects.toMatchObject(notYet);
  await system.drain();
  await visible(second);
});

it('takes no longer than its time, and ends with the ORM', async () => {
  await open('relay');
  const token = await withToken(() => create('a'));
  const startedAt = performance.now();
  await expect(visible(token, 100)).rejects.toMatchObject(notYet);
  expect(performance.now() - startedAt).toBeLessThan(100 + BUSY_MS);
  await system.orm.close();
  await expect(visible(token)).rejects.toMatchObject({ code: 'CLOSED' });
  await system.orm.connect();
});

it.each([
  ['a text that is no token', 'xyz', {}],
  ['no token', undefined, {}],
  ['a token of something else', Buffer.from('[1]').toString('base64url'), {}],
  ['no time', 'W10', { timeoutMs: 0 }],
  ['an option that it does not have', 'W10', { timeout: 5 }],
])('refuses %s', async (_, token, options) => {
  await open('relay');
  const refused = { code: 'INVALID_OPTION' };
  await expect(system.replication.visible(token as never, options as never)).rejects.toMatchObject(refused);
});
