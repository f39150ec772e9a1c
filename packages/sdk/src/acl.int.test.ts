import { type Ref, TenantryError } from '@tenantry/protocol';
import { aclRules, eventually } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AclServer, securityPage } from './acl-server.fixture.ts';
import { feature, limits } from './published-configs.fixture.ts';
import { tableSource } from './reads/table-source.fixture.ts';
import { currencies, planById, planBySlug, planPut } from './world.fixture.ts';

// G10: kept by Redis itself, with the rules that docs/guides/security.md tells users to set.
let acl: AclServer;
beforeAll(async () => {
  acl = await AclServer.start();
});
afterAll(() => acl[Symbol.asyncDispose]());
beforeEach(() => acl.openWorld());
afterEach(() => acl.closeWorld());

describe('a reader of one tenant', () => {
  it('gets, watches, repairs and compares with the rights of the page, and needs every command among them', async () => {
    const used = await acl.noteCommands();
    const client = await acl.clientAs('acme-reader', { sweepMs: 20, idleMs: 50 });
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(planBySlug('gold')).subscribe(plan => seen.push(plan?.seats));
    expect((await acme.get(planById(1)))?.seats).toBe(1);
    await acl.world.apply('acme', planPut({ id: 1, version: 2, slug: 'gold', seats: 2 }));
    await eventually(() => expect(seen.at(-1)).toBe(2));
    // Too large for the message, so that it is read; then a connection that is lost.
    await acl.world.apply('acme', planPut({ id: 1, version: 3, slug: 'gold', seats: 3, ballast: 200_000 }));
    await eventually(() => expect(seen.at(-1)).toBe(3));
    let version = 3;
    while (!used.has('xrange')) {
      version++;
      // Sent together: whichever comes first, sooner or later a feed misses one, however quick it is to come back.
      const killed = acl.admin.client('KILL', 'USER', 'acme-reader');
      await Promise.all([killed, acl.world.apply('acme', planPut({ id: 1, version, slug: 'gold', seats: version }))]);
      await eventually(() => expect(seen.at(-1)).toBe(version));
    }
    // Redis loses this tenant and is filled again.
    await acl.admin.del(acl.world.replica.names.of('acme').epoch);
    await acl.world.apply('acme', planPut({ id: 1, version: version + 1, slug: 'gold', seats: version + 1 }));
    await eventually(() => used.has('get')); // whether it is filled
    await acl.world.replica.completeFill((await acl.world.replica.beginFill()) as string, 1);
    await eventually(() => expect(seen.at(-1)).toBe(version + 1));
    watching.unsubscribe();
    await eventually(() => client.stats().followed === 0);
    const again = acme.watch(planBySlug('gold')).subscribe();
    await eventually(() => client.stats().followed === 1);
    again.unsubscribe();
    await eventually(() => used.has('unsubscribe'));
    expect(await acl.refused()).toBe(0);
    const allowed = aclRules(securityPage, 'acme-reader').flatMap(rule =>
      rule.startsWith('+') ? [rule.slice(1)] : [],
    );
    // What anybody may send who has not even logged in.
    const always = ['hello', 'auth'];
    expect([...used].filter(command => !always.includes(command)).sort()).toEqual(allowed.sort());
  });

  it('cannot read, list, listen to or write anything else', async () => {
    const redis = await acl.connectAs('acme-reader');
    const of = (tenant: string) => `${acl.world.prefix}:{${tenant}}`;
    const key = (tenant: string) => `${of(tenant)}:k:${planById(1).address}`;
    expect(await redis.mget(key('acme'))).toHaveLength(1);

    const attempts: readonly (readonly string[])[] = [
      // Others' records, heads, feeds and channels; what else its own tenant has.
      ['MGET', key('globex')],
      ['MGET', key('acme'), key('globex')],
      ['GET', key('globex')],
      ['HMGET', `${of('globex')}:epoch`, 'id'],
      ['XRANGE', `${of('globex')}:feed`, '-', '+'],
      ['HMGET', `${of('acme')}:records`, 'plans:1'],
      ['HMGET', `${of('acme')}:dirty`, 'a'],
      ['HMGET', `${of('acme')}:dead-letters`, 'a'],
      ['GET', key('globex')],
      ['SUBSCRIBE', `${of('globex')}:feed`],
      ['SUBSCRIBE', `${of('acme')}:feed`, `${of('globex')}:feed`],
      ['PSUBSCRIBE', '*'],
      ['PSUBSCRIBE', `${of('acme')}:feed`],
      ['SSUBSCRIBE', `${of('globex')}:feed`],
      // Names of others.
      ['KEYS', '*'],
      ['SCAN', '0'],
      ['RANDOMKEY'],
      ['DBSIZE'],
      ['PUBSUB', 'CHANNELS'],
      ['PUBSUB', 'NUMSUB', `${of('globex')}:feed`],
      ['CLIENT', 'LIST'],
      ['MONITOR'],
      ['ACL', 'LIST'],
      ['CONFIG', 'GET', '*'],
      ['SLOWLOG', 'GET'],
      ['OBJECT', 'ENCODING', key('globex')],
      ['EXISTS', key('globex')],
      ['TYPE', key('globex')],
      ['DUMP', key('globex')],
      ['EVAL', "return redis.call('KEYS', '*')", '0'],
      ['FUNCTION', 'LIST'],
      // Writing, its own tenant included.
      ['SET', key('acme'), 'x'],
      ['DEL', key('acme')],
      ['PUBLISH', `${of('acme')}:feed`, 'x'],
      ['XADD', `${of('acme')}:feed`, '*', 'm', 'x'],
      ['FLUSHALL'],
    ];
    for (const [command, ...args] of attempts as readonly [string, ...string[]][])
      await expect(redis.call(command, ...args), `${command} ${args.join(' ')}`).rejects.toThrow(/NOPERM/);
    // Not by way of a transaction either.
    await expect(redis.multi().mget(key('acme')).mget(key('globex')).exec()).rejects.toThrow(/EXECABORT|NOPERM/);
  });

  it('that asks for another tenant gets errors there, and its own stays live, also after a lost connection', async () => {
    const client = await acl.clientAs('acme-reader');
    const seen: unknown[] = [];
    client
      .tenant('acme')
      .watch(planById(1))
      .subscribe(plan => seen.push(plan?.seats));
    await eventually(() => expect(seen.at(-1)).toBe(1));
    const others: unknown[] = [];
    client
      .tenant('globex')
      .watch(planById(1))
      .subscribe(plan => others.push(plan?.seats));
    await expect(client.tenant('globex').get(planById(1))).rejects.toThrow();
    await acl.admin.client('KILL', 'USER', 'acme-reader');
    await acl.world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    await eventually(() => expect(seen.at(-1)).toBe(2));
    // By push, not by some repair: it is live.
    await eventually(() => expect(client.tenant('acme').entry(planById(1))).resolves.toMatchObject({ stale: false }));
    await acl.world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
    await eventually(() => expect(seen.at(-1)).toBe(3));
    expect(others.every(seats => seats === undefined)).toBe(true);
  });

  it('that watches another tenant is told that it is stale, and why, once', async () => {
    const troubles: unknown[] = [];
    const client = await acl.clientAs('acme-reader', { onTrouble: error => troubles.push(error), heartbeatMs: 10 });
    const globex = client.tenant('globex');
    const entries: unknown[] = [];
    for (const ref of [planById(1), limits] as readonly Ref<unknown>[])
      globex.watchEntry(ref).subscribe(({ value, version, stale }) => entries.push({ value, version, stale }));
    const stale = { value: undefined, version: undefined, stale: true };
    await eventually(() => expect(entries).toEqual([stale, stale]));
    await eventually(() => expect(troubles.length).toBeGreaterThan(0));
    const tries = async () => {
      const log = (await acl.admin.acl('LOG')) as unknown as readonly (readonly [string, number])[];
      return log.reduce((sum, [, count]) => sum + count, 0);
    };
    const before = await tries();
    await eventually(async () => expect(await tries()).toBeGreaterThan(before + 10));
    expect(troubles.every(error => error instanceof TenantryError)).toBe(true);
    expect(new Set(troubles.map(String)).size).toBe(troubles.length);
    expect(entries).toEqual([stale, stale]);
  });

  it('has nothing of the global tenant unless it was given that, too', async () => {
    const eur = currencies.by('code', { code: 'EUR' });
    const without = await acl.clientAs('acme-reader');
    await expect(without.global.get(eur)).rejects.toThrow();
    const withIt = await acl.clientAs('acme-and-global-reader');
    expect((await withIt.global.get(eur))?.digits).toBe(2);
    expect((await withIt.tenant('acme').get(planById(1)))?.seats).toBe(1);
    await expect(withIt.tenant('globex').get(planById(1))).rejects.toThrow();
  });
});

it('a reader that loads brings what it loaded into Redis, for its own tenant only', async () => {
  const source = tableSource();
  source.set(limits, 3, { most: 7 });
  const loader = await acl.clientAs('acme-loader', { source });
  expect(await loader.tenant('acme').entry(limits)).toMatchObject({ value: { most: 7 }, origin: 'source' });
  const reader = await acl.clientAs('acme-reader');
  expect(await reader.tenant('acme').entry(limits)).toMatchObject({ value: { most: 7 }, origin: 'redis' });
  // Something that the source does not have either.
  expect(await loader.tenant('acme').get(feature)).toEqual({ on: false });
  expect(await acl.refused()).toBe(0);
  const redis = await acl.connectAs('acme-loader');
  for (const [command, ...args] of [
    ['SET', `${acl.world.prefix}:{globex}:k:x`, 'x'],
    ['EVAL', "return redis.call('SET', KEYS[1], 'x')", '1', `${acl.world.prefix}:{globex}:k:x`],
    ['EVAL', `return redis.call('SET', '${acl.world.prefix}:{globex}:k:x', 'x')`, '0'],
    ['EVAL', `return redis.call('PUBLISH', '${acl.world.prefix}:{globex}:feed', 'x')`, '0'],
    ['EVAL', "return redis.call('KEYS', '*')", '0'],
    ['PUBLISH', `${acl.world.prefix}:{globex}:feed`, 'x'],
    ['SCAN', '0'],
  ] as const)
    await expect(redis.call(command, ...args), args.join(' ')).rejects.toThrow(
      /NOPERM|The user executing the script can't|ACL failure/,
    );
});

it('a reader that may not write anything loads all the same, without a lease, and says once that Redis took nothing', async () => {
  // L14
  const source = tableSource();
  source.set(limits, 3, { most: 7 });
  const troubles: unknown[] = [];
  const reader = await acl.clientAs('acme-reader', { source, onTrouble: error => troubles.push(error) });
  const answers = await Promise.all(Array.from({ length: 20 }, () => reader.tenant('acme').entry(limits)));
  for (const answer of answers) expect(answer).toMatchObject({ value: { most: 7 }, version: 3, origin: 'source' });
  expect(source.asked).toBe(1);
  expect(troubles.map(String)).toEqual([expect.stringContaining('Filling Redis failed')]);
});

it('a reader of every tenant reads and follows them all, and can neither write nor list', async () => {
  const client = await acl.clientAs('reader');
  const seats = async (tenant: string) => (await client.tenant(tenant).get(planById(1)))?.seats;
  expect([await seats('acme'), await seats('globex')]).toEqual([1, 99]);
  expect((await client.global.get(currencies.by('code', { code: 'EUR' })))?.digits).toBe(2);
  await acl.world.apply('globex', planPut({ id: 1, version: 2, seats: 100 }));
  await eventually(() => expect(client.tenant('globex').peek(planById(1))?.seats).toBe(100));
  expect(await acl.refused()).toBe(0);
  const redis = await acl.connectAs('reader');
  for (const [command, ...args] of [
    ['SET', 'a', 'b'],
    ['KEYS', '*'],
    ['SCAN', '0'],
    ['PSUBSCRIBE', '*'],
  ] as const)
    await expect(redis.call(command, ...args)).rejects.toThrow(/NOPERM/);
});

it.each(['a:b', '{x}', '*', 'ac?e', '[a-z]', 'acme:k:', '%61cme', 'e\u0301'])(
  'a rule for the tenant %s is about nobody else',
  async tenant => {
    const { keyPrefix } = acl.world.replica.names.of(tenant);
    await acl.admin.call(
      'ACL',
      'SETUSER',
      'one',
      'reset',
      'on',
      'nopass',
      '-@all',
      '+mget',
      '+@connection',
      `%R~${keyPrefix}*`,
    );
    const redis = acl.closeLater(
      new Redis({ port: acl.port, username: 'one', password: 'any', enableReadyCheck: false }),
    );
    expect(await redis.mget(`${keyPrefix}a`)).toEqual([null]);
    for (const other of ['acme', 'a', 'x', 'globex', '\u00e9'])
      await expect(redis.mget(`${acl.world.replica.names.of(other).keyPrefix}a`)).rejects.toThrow(/NOPERM/);
  },
);
