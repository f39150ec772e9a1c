import { eventually, testServers } from '@tenantry/testing';
import { afterEach, expect, it } from 'vitest';
import { backup } from '../../backup.fixture.ts';
import { boundedPublisher } from '../../bounded-relay.fixture.ts';
import { configStore } from '../../config-store/config-store.ts';
import { theme } from '../../configs.fixture.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import {
  holdNextApply,
  openSystem,
  type SystemOptions,
  type TestSystem,
  withoutVersions,
} from '../../system.fixture.ts';
import { drainOutboxBelow } from './drain-outbox-below.ts';

const isPostgres = testServers().databaseUrl.startsWith('postgres');

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

/** Redis has the row's state in a version that this database gives again later. */
async function restoreBelow(): Promise<void> {
  await open({ tenantry: { publishTimeoutMs: 30_000 } });
  await insert(1, 'one');
  await system.replication.fillIfEmpty();
  await system.replication.checkHistory();
  const restore = await backup(system);
  for (let i = 0; i < 5; i++) await rename(1, `one, later ${i}`);
  await rename(1, 'one');
  await moveMark();
  await restore();
}

async function epochOf(tenant: string): Promise<string | null> {
  return system.redis.hget(system.replication.replica.names.of(tenant).epoch, 'id');
}

/** What a minute does. */
async function moveMark(): Promise<void> {
  const { fillState } = system.replication.replica.names;
  await system.redis.del(fillState);
  await system.replication.fillIfEmpty();
}

// R13
it('tells that the database went back, refuses nothing for ever, and after a resync Redis and readers have what it has', async () => {
  await open();
  const store = configStore(system.orm).tenant('acme');
  await insert(1, 'one');
  await insert(2, 'two');
  await store.set(theme, { color: 'red' });
  await system.replication.fillIfEmpty();
  expect(await system.replication.checkHistory()).toBe('same');
  const restore = await backup(system);
  const before = await system.redisKeys();

  await store.set(theme, { color: 'green' });
  await store.set(theme, { color: 'black' });
  for (let i = 0; i < 30; i++) await rename(1, `one, later ${i}`);
  await insert(3, 'three', 'zeta');
  // What a worker does once a minute.
  await system.replication.fillIfEmpty();
  await moveMark();
  await restore();

  expect(await system.replication.checkHistory()).toBe('database');
  expect(await system.replication.checkHistory()).toBe('database');
  expect(system.reportsOf('rewound')).toEqual([{ kind: 'rewound', what: 'database' }]);
  // Written now, it is older than what Redis has.
  await rename(1, 'one, after the backup');
  expect(await system.value('acme', 'plans:id:1')).toMatchObject({ name: 'one, later 29' });
  const found: string[] = [];
  await system.replication.audit({ graceMs: 100, onFinding: ({ kind, owner }) => found.push(`${kind} ${owner}`) });
  expect(found).toContain('ahead plans:1');
  expect(found).toContain('ahead plans:3');
  expect(found).toContain('ahead @config:ui%2Ftheme');
  expect((await system.replication.audit({ repair: true, graceMs: 100 })).left).toBeGreaterThan(0);

  const epochs = await epochOf('acme');
  expect(await system.replication.resync()).toMatchObject({ left: 0, waiting: 0, complete: true });
  expect(await epochOf('acme')).not.toBe(epochs);
  const keys = await withoutVersions(system);
  expect(keys['acme/plans:id:1']).toMatchObject({ value: { name: 'one, after the backup' } });
  expect(keys['zeta/plans:id:3']).toBeUndefined();
  expect(keys['acme/@config:ui%2Ftheme']).toMatchObject({ value: { color: 'red' } });
  const after = await system.redisKeys();
  for (const [key, { version }] of Object.entries(before)) expect(after[key]?.version).toBeGreaterThanOrEqual(version);
  expect((await store.history(theme)).items[0]).toMatchObject({ version: 4, origin: 'resync' });

  expect(await system.replication.audit()).toMatchObject({ left: 0, repaired: 0 });
  expect(await system.replication.checkHistory()).toBe('same');
  expect(await system.replication.replica.isFilled()).toBe(true);
  await rename(1, 'newest');
  expect(await system.value('acme', 'plans:id:1')).toMatchObject({ name: 'newest' });
  await store.set(theme, { color: 'white' });
  expect(await system.value('acme', '@config:ui%2Ftheme')).toMatchObject({ color: 'white' });
});

it('a refused change is the first sign that the database went back', async () => {
  await open();
  await insert(1, 'one');
  await system.replication.fillIfEmpty();
  await system.replication.checkHistory();
  const restore = await backup(system);
  for (let i = 0; i < 5; i++) await rename(1, `one, later ${i}`);
  await moveMark();
  await restore();
  // Filled again meanwhile, it still is.
  await moveMark();
  await rename(1, 'one, after the backup');
  await eventually(() => system.reportsOf('rewound').length > 0);
  expect(system.reportsOf('rewound')).toEqual([{ kind: 'rewound', what: 'database' }]);
});

// G1: the outbox is empty at rest, and somebody who tidies up takes it for empty for ever.
it('an outbox that was truncated is a database that went back: reported at the first refused change, mended by a resync', async () => {
  await open();
  await insert(1, 'one');
  for (let i = 0; i < 5; i++) await rename(1, `one, ${i}`);
  await system.replication.fillIfEmpty();
  expect(await system.replication.checkHistory()).toBe('same');
  await system.sql(`truncate table tenantry_outbox${isPostgres ? ' restart identity' : ''}`);
  await rename(1, 'one, after it');
  await eventually(() => system.reportsOf('rewound').length > 0);
  // It stays so, for whoever looks next.
  expect(await system.replication.checkHistory()).toBe('database');
  expect(system.reportsOf('rewound')).toEqual([{ kind: 'rewound', what: 'database' }]);
  expect(await system.replication.resync()).toMatchObject({ left: 0, waiting: 0, complete: true });
  expect(await system.value('acme', 'plans:id:1')).toMatchObject({ name: 'one, after it' });
  expect(await system.replication.checkHistory()).toBe('same');
  await rename(1, 'newest');
  expect(await system.value('acme', 'plans:id:1')).toMatchObject({ name: 'newest' });
});

// G1
it('a transaction that drew its id before a resync and commits during it is not lost', async () => {
  await restoreBelow();
  const writer = system.em();
  await writer.begin();
  (await writer.findOneOrFail(Plan, 1)).name = 'written meanwhile';
  await writer.flush();
  let isDone = false;
  const resyncing = system.replication.resync().finally(() => {
    isDone = true;
  });
  // It goes on saying that it is at it, and looks at nothing yet.
  let said = 0;
  const replica = system.replication.replica as { keepFilling: TestSystem['replication']['replica']['keepFilling'] };
  const { keepFilling } = replica;
  replica.keepFilling = token => {
    said++;
    return keepFilling(token);
  };
  await eventually(() => isDone || said > 5);
  await writer.commit();
  expect(await resyncing).toMatchObject({ left: 0, waiting: 0, complete: true });
  expect(await system.value('acme', 'plans:id:1')).toMatchObject({ name: 'written meanwhile' });
  expect(await system.replication.audit()).toMatchObject({ left: 0, repaired: 0, waiting: 0 });
});

it('a transaction that committed before a resync and is published after it is not lost', async () => {
  await restoreBelow();
  const held = holdNextApply(system);
  const renaming = rename(1, 'published later');
  await held.reached;
  expect(await system.replication.resync()).toMatchObject({ left: 0, waiting: 0, complete: true });
  expect(await system.value('acme', 'plans:id:1')).toMatchObject({ name: 'published later' });
  held.release();
  await renaming;
  expect(await system.value('acme', 'plans:id:1')).toMatchObject({ name: 'published later' });
  expect(await system.outbox()).toEqual([]);
  expect(await system.replication.audit()).toMatchObject({ left: 0, repaired: 0, waiting: 0 });
});

it('what a resync finds in the outbox is published in parts where it is too large for one step', async () => {
  await open({ tenantry: { publish: 'relay' } });
  const em = system.em();
  for (let id = 1; id <= 25; id++) em.create(Plan, { id, tenantId: 'acme', slug: `p${id}`, name: `plan ${id}` });
  await em.flush();
  const below = (await system.outbox()).length + 1_000;
  // Its own bound; the real one wants 30,000 rows.
  const parts = boundedPublisher(system, 10);
  await drainOutboxBelow(parts as never, below, async () => true);
  expect(await system.outbox()).toEqual([]);
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
});

it('a resync refuses options that it does not have, before it changes anything', async () => {
  await open();
  await insert(1, 'one');
  await system.replication.fillIfEmpty();
  const before = await system.redisKeys();
  for (const options of [{ tenant: 'acme' }, { repair: false }, { batchSize: 0 }, { after: 'x' }])
    await expect(system.replication.resync(options as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  expect(await system.replication.replica.isFilled()).toBe(true);
  expect(await system.redisKeys()).toEqual(before);
});
