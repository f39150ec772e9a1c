import { eventually, freshPrefix, type RedisServer, startRedisServer } from '@tenantry/testing';
import { afterEach, expect, it } from 'vitest';
import { theme } from '../../configs.fixture.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../../system.fixture.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync: [[Plan, plans]], ...options, tenantry: { configs: [theme], ...options.tenantry } });
}

async function insert(id: number, name: string, tenantId = 'acme'): Promise<void> {
  const em = system.em();
  em.create(Plan, { id, tenantId, slug: `p${id}`, name });
  await em.flush();
  await system.replication.settled();
}

async function rename(id: number, name: string): Promise<void> {
  const em = system.em();
  const plan = await em.findOneOrFail(Plan, id);
  plan.name = name;
  await em.flush();
  await system.replication.settled();
}

/** Restarts it once something is under way. */
function restartOnce(server: RedisServer) {
  const done = Promise.withResolvers<void>();
  let begun = false;
  return {
    done: done.promise,
    onProgress() {
      if (begun) return;
      begun = true;
      server
        .kill()
        .then(() => server.start())
        .then(() => eventually(async () => (await system.redis.ping().catch(() => '')) === 'PONG'))
        .then(() => done.resolve(), done.reject);
    },
  };
}

/** As of which id Redis says that the tenant holds everything. */
async function filledOf(tenant: string): Promise<number> {
  return Number(await system.redis.hget(system.replication.replica.names.of(tenant).epoch, 'filled'));
}

/** What a minute does. */
async function moveMark(): Promise<void> {
  const { fillState } = system.replication.replica.names;
  await system.redis.del(fillState);
  await system.replication.fillIfEmpty();
}

// R11
it('a fill during which Redis restarted is none, although its token is still there', async () => {
  await using server = await startRedisServer({ appendOnly: 'always' });
  await open({ redisServer: server.url, prefix: freshPrefix(server.url).prefix });
  await insert(1, 'one');
  const restarting = restartOnce(server);
  const { replica } = system.replication;
  const { completeFill } = replica;
  (replica as { completeFill: typeof completeFill }).completeFill = async (...args) => {
    restarting.onProgress();
    await restarting.done;
    return completeFill.apply(replica, args);
  };
  // It may also end because Redis is away just when it looks.
  const filling = system.replication.fillIfEmpty({ onProgress: restarting.onProgress }).catch(() => false);
  await restarting.done;
  expect(await filling).toBe(false);
  await eventually(() => system.redis.status === 'ready');
  expect(await replica.isFilled()).toBe(false);
  expect(await system.replication.fillIfEmpty()).toBe(true);
  expect(await system.replication.checkHistory()).toBe('same');
}, 180_000);

// R11
it('a Redis that was restored from an older snapshot is noticed, and filled again', async () => {
  await using server = await startRedisServer();
  await open({ redisServer: server.url, prefix: freshPrefix(server.url).prefix });
  await insert(1, 'one');
  await insert(2, 'two');
  await system.replication.fillIfEmpty();
  expect(await system.replication.checkHistory()).toBe('same');
  await system.redis.save();
  await rename(1, 'one, later');
  await insert(3, 'three');
  const em = system.em();
  em.remove(await em.findOneOrFail(Plan, 2));
  await em.flush();
  await moveMark();
  await server.kill();
  await server.start();
  await eventually(async () => (await system.redis.ping().catch(() => '')) === 'PONG');
  expect(await system.value('acme', 'plans:id:1')).toMatchObject({ name: 'one' });

  expect(await system.replication.checkHistory()).toBe('redis');
  expect(system.reportsOf('rewound')).toEqual([{ kind: 'rewound', what: 'redis' }]);
  const filledAs = await filledOf('acme');
  expect(await system.replication.fillIfEmpty()).toBe(true);
  // What was deleted since the snapshot is back, and only an audit finds it. Until then any worker knows that one is due, and readers wait.
  expect(await filledOf('acme')).toBe(filledAs);
  expect(await system.replication.checkHistory()).toBe('restarted');
  await moveMark();
  expect(await system.replication.checkHistory()).toBe('restarted');
  expect(await system.replication.audit({ repair: true })).toMatchObject({ found: { orphan: 1 }, left: 0 });
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  expect(await filledOf('acme')).toBeGreaterThan(filledAs);
  expect(await system.replication.checkHistory()).toBe('same');
}, 180_000);

it('a Redis that only restarted is told apart, so that somebody looks at what it lost', async () => {
  await using server = await startRedisServer({ appendOnly: 'always' });
  await open({ redisServer: server.url, prefix: freshPrefix(server.url).prefix });
  await insert(1, 'one');
  await system.replication.fillIfEmpty();
  expect(await system.replication.checkHistory()).toBe('same');
  await server.kill();
  await server.start();
  await eventually(async () => (await system.redis.ping().catch(() => '')) === 'PONG');
  expect(await system.replication.checkHistory()).toBe('restarted');
  const filledAs = await filledOf('acme');
  // Nothing is right as long as something is left, only a part was repaired, or Redis restarted once more meanwhile.
  await system.redis.del(`${system.replication.replica.names.of('acme').keyPrefix}plans:id:1`);
  expect(await system.replication.audit()).toMatchObject({ left: 1 });
  expect(await system.replication.checkHistory()).toBe('restarted');
  await system.replication.audit({ repair: true, tenant: 'acme' });
  const restarting = restartOnce(server);
  await system.replication
    .audit({ repair: true, batchSize: 1, onProgress: restarting.onProgress, pauseMs: 300 })
    .catch(() => undefined);
  await restarting.done;
  expect(await system.replication.checkHistory()).toBe('restarted');
  expect(await filledOf('acme')).toBe(filledAs);
  expect(await system.replication.audit()).toMatchObject({ left: 0 });
  expect(await filledOf('acme')).toBeGreaterThan(filledAs);
  expect(await system.replication.checkHistory()).toBe('same');
  expect(system.reportsOf('rewound')).toEqual([]);
}, 180_000);

// R11
it('a Redis that evicted something is found out, and has it again after the repair', async () => {
  await using server = await startRedisServer();
  await open({ redisServer: server.url, prefix: freshPrefix(server.url).prefix });
  for (const id of [1, 2, 3]) await insert(id, `plan ${id}`);
  await system.replication.fillIfEmpty();
  expect(await system.replication.checkHistory()).toBe('same');
  const { redis } = system;
  await redis.config('SET', 'maxmemory-policy', 'allkeys-random');
  await redis.config('SET', 'maxmemory', 1);
  await eventually(async () => /evicted_keys:[1-9]/.test(await redis.info('stats')));
  await redis.config('SET', 'maxmemory', 0);
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  const verdict = await system.replication.checkHistory();
  expect(['restarted', 'redis', 'unfilled']).toContain(verdict);
  await system.replication.fillIfEmpty();
  await system.replication.audit({ repair: true });
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  expect(await system.replication.checkHistory()).toBe('same');
}, 180_000);
