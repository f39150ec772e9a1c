import { configStore, databaseSource, type WriteResult } from '@tenantry/mikro-orm';
import { defineConfig, GLOBAL_TENANT, type Ref } from '@tenantry/protocol';
import { encodeReadToken } from '@tenantry/redis';
import { type Client, createClient } from '@tenantry/sdk';
import { BUSY_MS } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Plan, plans } from '../../../packages/mikro-orm/src/plans.fixture.ts';
import { holdNextApply, openSystem, type TestSystem } from '../../../packages/mikro-orm/src/system.fixture.ts';

const budgets = { cacheTimeout: '15s', databaseTimeout: '15s' } as const;
const schema = z.object({ text: z.string() });
const through = defineConfig({ name: 'through', schema, ...budgets });
const around = defineConfig({ name: 'around', schema, writePolicy: 'write-around', ...budgets });
const back = defineConfig({ name: 'back', schema, writePolicy: 'write-back', ...budgets });
const inherited = defineConfig({
  name: 'inherited',
  schema,
  default: { text: 'default' },
  inherit: 'replace',
  ...budgets,
});
const large = { text: 'x'.repeat(10_000) };

let system: TestSystem;
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await system?.[Symbol.asyncDispose]();
});

async function open(publish: 'await' | 'background' | 'relay' = 'await') {
  system = await openSystem({
    sync: [[Plan, plans]],
    tenantry: { publish, configs: [through, around, back, inherited] },
  });
}

/** A reader in another service would have a client of its own, too. */
async function reader(readTimeoutMs = 15_000): Promise<Client> {
  const { redis, prefix } = system;
  const source = databaseSource(system.orm as never);
  const client = await createClient({ redis, prefix, source, readTimeoutMs, heartbeatMs: 100, sweepMs: 0 });
  clients.push(client);
  return client;
}

const store = () => configStore(system.orm as never).tenant('acme');
const bySlug = (slug: string): Ref<unknown> => plans.by('slug', { slug });

async function flush(slug: string, name: string): Promise<void> {
  const em = system.em();
  const plan = await em.findOne(Plan, { tenantId: 'acme', slug });
  if (plan) plan.name = name;
  else em.create(Plan, { tenantId: 'acme', slug, name });
  await em.flush();
}

async function readTokenOf(work: () => Promise<unknown>): Promise<string> {
  const { token } = await system.replication.withToken(work);
  return system.replication.readToken('acme', token, { timeoutMs: 30_000 });
}

describe('a reader with a read token answers no older than the write', () => {
  // Each reader has an earlier value in memory, and a writer that is faster than its feed.
  it.each([
    ['write-through', through],
    ['write-around', around],
    ['write-back', back],
  ])('that was made by %s', async (_, config) => {
    await open();
    const acme = (await reader()).tenant('acme');
    await store().set(config, { text: 'before' });
    expect(await acme.get(config)).toEqual({ text: 'before' });
    for (let i = 0; i < 30; i++) {
      const value = i % 5 === 0 ? { text: `${large.text}${i}` } : { text: `of ${i}` };
      const result: WriteResult = await store().set(config, value, { readToken: true });
      expect(result).toMatchObject({ published: 'now', readToken: expect.stringMatching(/^[\w-]{40,60}$/) });
      expect(await acme.get(config, { atLeast: result.readToken })).toEqual(value);
    }
  });

  it.each([
    ['write-through', through],
    ['write-around', around],
    ['write-back', back],
  ])('by the token of work around it: %s', async (_, config) => {
    await open();
    const acme = (await reader()).tenant('acme');
    for (let i = 0; i < 10; i++) {
      const token = await readTokenOf(() => store().set(config, { text: `of ${i}` }));
      await acme.whenVisible(token, { timeoutMs: 30_000 });
      expect(await acme.get(config)).toEqual({ text: `of ${i}` });
    }
  });

  it.each(['await', 'background'] as const)('that was a flush with `publish: %s`', async publish => {
    await open(publish);
    const acme = (await reader()).tenant('acme');
    acme.watch(bySlug('gold')).subscribe();
    for (let i = 0; i < 30; i++) {
      const atLeast = await readTokenOf(() => flush('gold', `of ${i}`));
      expect(await acme.get(bySlug('gold'), { atLeast })).toMatchObject({ name: `of ${i}` });
      expect((await acme.getMany([bySlug('gold'), through], { atLeast }))[0]).toMatchObject({ name: `of ${i}` });
    }
  });

  it('that only a relay publishes', async () => {
    await open('relay');
    const acme = (await reader()).tenant('acme');
    const { token } = await system.replication.withToken(() => flush('gold', 'new'));
    const waiting = system.replication.readToken('acme', token, { timeoutMs: 30_000 });
    await system.replication.relay();
    expect(await acme.entry(bySlug('gold'), { atLeast: await waiting })).toMatchObject({
      value: { name: 'new' },
      stale: false,
    });
  });

  it('that was made in a scope that its tenant inherits from', async () => {
    await open();
    const { scopes, group, global } = configStore(system.orm as never);
    await scopes.setGroup('eu');
    const acme = (await reader()).tenant('acme');
    expect(await acme.get(inherited)).toEqual({ text: 'default' });
    const joined = await scopes.set('acme', ['eu'], { readToken: true });
    for (let i = 0; i < 10; i++) {
      const ofAll = await global().set(inherited, { text: `of all ${i}` }, { readToken: true });
      if (i === 0) expect(await acme.get(inherited, { atLeast: ofAll.readToken })).toEqual({ text: 'of all 0' });
      const value = { text: `of ${i}` };
      const { readToken } = await group('eu').set(inherited, value, { readToken: true });
      const atLeast = [joined.readToken, readToken, ofAll.readToken] as string[];
      expect(await acme.get(inherited, { atLeast })).toEqual(value);
      const { token } = await system.replication.withToken(() => group('eu').set(inherited, { text: `later ${i}` }));
      const later = await system.replication.readToken({ group: 'eu' }, token, { timeoutMs: 30_000 });
      expect(await acme.entry(inherited, { atLeast: later })).toMatchObject({ value: { text: `later ${i}` } });
    }
    await expect(system.replication.readToken({ group: ' ' })).rejects.toMatchObject({ code: 'INVALID_GROUP' });
  });

  it('and one that has read nothing yet, too', async () => {
    await open();
    const atLeast = await readTokenOf(() => flush('gold', 'new'));
    expect(await (await reader()).tenant('acme').get(bySlug('gold'), { atLeast })).toMatchObject({ name: 'new' });
  });
});

it('a write that Redis did not take yet has no read token, and its token waits until it has', async () => {
  await open('background');
  const held = holdNextApply(system);
  const { token } = await system.replication.withToken(() => flush('gold', 'new'));
  await held.reached;
  const early = system.replication.readToken('acme', token, { timeoutMs: 20 });
  await expect(early).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
  held.release();
  const atLeast = await system.replication.readToken('acme', token, { timeoutMs: 30_000 });
  expect(await (await reader()).tenant('acme').get(bySlug('gold'), { atLeast })).toMatchObject({ name: 'new' });
  const inTransaction = await system
    .em()
    .transactional(em => store().set(through, { text: 'new' }, { em: em as never, readToken: true }));
  expect(inTransaction).not.toHaveProperty('readToken');
  await expect(store().set(through, { text: 'new' }, { readToken: 1 as never })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  });
});

it('waits no longer than it may for a write that does not come, and answers nothing older', async () => {
  await open();
  const client = await reader(300);
  const acme = client.tenant('acme');
  await store().set(through, { text: 'before' });
  expect(await acme.get(through)).toEqual({ text: 'before' });
  const [head] = await heads();
  const future = encodeReadToken('acme', { ...head, seq: head.seq + 1 });
  const startedAt = performance.now();
  await expect(acme.get(through, { atLeast: future })).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
  await expect(acme.whenVisible(future, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(performance.now() - startedAt).toBeLessThan(350 + 2 * BUSY_MS);
  const never = encodeReadToken('acme', { ...head, seq: head.seq + 100 });
  const cancelled = acme.whenVisible(never, { signal: AbortSignal.timeout(20) });
  await expect(cancelled).rejects.toMatchObject({ name: 'TimeoutError' });
  const closing = acme.whenVisible(never, { timeoutMs: 30_000 });
  const closed = expect(closing).rejects.toMatchObject({ code: 'CLOSED' });
  await client.close();
  await closed;
});

it('refuses what is no token, and the token of another tenant', async () => {
  await open();
  const client = await reader();
  const [acme, globex] = [client.tenant('acme'), client.tenant('globex')];
  const token = await readTokenOf(() => store().set(through, { text: 'new' }));
  const refused = { code: 'INVALID_TOKEN', retryable: false };
  await expect(globex.get(through, { atLeast: token })).rejects.toMatchObject(refused);
  await expect(globex.whenVisible(token)).rejects.toMatchObject(refused);
  await expect(client.global.whenVisible(token)).rejects.toMatchObject(refused);
  const { token: commits } = await system.replication.withToken(() => flush('gold', 'new'));
  for (const none of ['', 'xyz', commits, 7, null])
    await expect(acme.get(through, { atLeast: none as never })).rejects.toMatchObject(refused);
  await expect(acme.whenVisible(undefined as never)).rejects.toMatchObject(refused);
  await expect(acme.whenVisible(token, { timeoutMs: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  // Of several, each must be of one of the tenants.
  const own = await system.replication.readToken('acme');
  expect(await acme.get(through, { atLeast: [token, own] })).toEqual({ text: 'new' });
  await expect(
    acme.get(through, { atLeast: [own, encodeReadToken('globex', (await heads())[0])] }),
  ).rejects.toMatchObject(refused);
});

it('says that a token is of an earlier life of the feed, and waits for a later one', async () => {
  await open();
  const acme = (await reader()).tenant('acme');
  acme.watch(through).subscribe();
  const old = await readTokenOf(() => store().set(through, { text: 'one' }));
  await acme.whenVisible(old, { timeoutMs: 30_000 });
  const { redis, replication } = system;
  const { epoch, feed } = replication.replica.names.of('acme');
  await redis.del(epoch, feed);
  // The reader has not heard of the new life before this write.
  const { readToken } = await store().set(through, { text: 'two' }, { readToken: true });
  expect(await acme.get(through, { atLeast: readToken })).toEqual({ text: 'two' });
  const expired = { code: 'TOKEN_EXPIRED', retryable: false };
  await expect(acme.get(through, { atLeast: old })).rejects.toMatchObject(expired);
  expect(await acme.get(through)).toEqual({ text: 'two' });
});

it('has nothing to wait for where nothing was ever published, and knows the global tenant', async () => {
  await open();
  const client = await reader();
  const beginning = await system.replication.readToken('nobody');
  expect(await client.tenant('nobody').get(bySlug('gold'), { atLeast: beginning })).toBeUndefined();
  const global = await system.replication.readToken(undefined);
  await client.global.whenVisible(global);
  expect(global).toBe(encodeReadToken(GLOBAL_TENANT, { epoch: '', seq: 0, tag: '' }));
  await expect(system.replication.readToken('')).rejects.toMatchObject({ code: 'INVALID_TENANT' });
});

async function heads() {
  const { redis, replication } = system;
  const [epoch, seq, tag] = await redis.hmgetBuffer(replication.replica.names.of('acme').epoch, 'id', 'seq', 'tag');
  return [{ epoch: `${epoch}`, seq: Number(seq), tag: tag?.toString('hex') ?? '' }] as const;
}
