import { configStore, replication, tenantry } from '@tenantry/mikro-orm';
import { createClient } from '@tenantry/sdk';
import { effort, eventually, seededRandom } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { backup } from '../../../packages/mikro-orm/src/backup.fixture.ts';
import { theme } from '../../../packages/mikro-orm/src/configs.fixture.ts';
import { Plan, plans } from '../../../packages/mikro-orm/src/plans.fixture.ts';
import {
  openOrm,
  openSystem,
  type TestORM,
  type TestSystem,
  withoutVersions,
} from '../../../packages/mikro-orm/src/system.fixture.ts';

const TENANTS = ['acme', 'globex', 'zeta'];
const ROWS = 30;
const WRITERS = 3;

/** A process of the application beside the first. */
async function openWriter({ database, prefix, redis }: TestSystem): Promise<TestORM> {
  const extension = tenantry({ redis, prefix, sync: [[Plan, plans]], configs: [theme], publishTimeoutMs: 5_000 });
  return openOrm(database, { entities: [Plan], extensions: [extension] });
}

/** Changes rows and configs of every tenant until it is told to stop. */
async function write(orm: TestORM, seed: number, goesOn: () => boolean): Promise<number> {
  const { int, pick, next } = seededRandom(seed);
  let written = 0;
  for (let i = 0; goesOn(); i++) {
    const em = orm.em.fork();
    const id = int(1, ROWS);
    const plan = await em.findOne(Plan, id);
    const dice = next();
    if (!plan) em.create(Plan, { id, tenantId: pick(TENANTS), slug: `p${id}`, name: `${seed}, ${i}` });
    else if (dice < 0.1) em.remove(plan);
    else if (dice < 0.2) plan.tenantId = pick(TENANTS);
    else plan.name = `${seed}, ${i}`;
    // Two may make the same row, or change what the other removes: the database tells one of them.
    await em.flush().then(
      () => written++,
      () => undefined,
    );
    if (i % 5 === 0)
      await configStore(orm as never)
        .tenant(pick(TENANTS))
        .set(theme, { color: `${seed}, ${i}` });
  }
  return written;
}

// R13, G1, G3
it('a resync beside running writers: Redis and readers end with what the database has', {
  timeout: 180_000,
}, async () => {
  await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [theme] } });
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => openWriter(system)));
  const reading = system.redis.duplicate();
  reading.on('error', () => undefined);
  const client = await createClient({ redis: reading, prefix: system.prefix, heartbeatMs: 100 });
  try {
    let state = '';
    client.status$.subscribe(status => {
      state = status.state;
    });
    const seen = new Map<string, unknown>();
    for (const tenant of TENANTS) {
      const of = client.tenant(tenant);
      of.watch(theme).subscribe(value => seen.set(`${tenant} theme`, value?.color));
      for (let id = 1; id <= ROWS; id++)
        of.watch(plans.by('id', { id })).subscribe(plan => seen.set(`${tenant} ${id}`, plan?.name));
    }
    const writeUntil = (goesOn: () => boolean, seed: number) =>
      Promise.all(writers.map((orm, i) => write(orm, seed + i, goesOn)));

    let turns = 0;
    await writeUntil(() => turns++ < effort(60), 1);
    await system.drain();
    await system.replication.fillIfEmpty();
    await system.replication.checkHistory();
    const restore = await backup(system);
    turns = 0;
    await writeUntil(() => turns++ < effort(120), 11);
    for (const orm of writers) await replication(orm as never).settled();
    await system.drain();
    await restore();

    let isOver = false;
    const writing = writeUntil(() => !isOver, 21);
    // Some of it under the ids that are given a second time.
    await eventually(async () => (await system.sql('select 1 from plan where name like ?', ['21, %'])).length > 0);
    const summary = await system.replication.resync();
    expect(summary).toMatchObject({ left: 0, complete: true });
    isOver = true;
    expect(Math.min(...(await writing))).toBeGreaterThan(0);
    for (const orm of writers) await replication(orm as never).settled();
    await system.drain();

    await system.replication.audit({ repair: true });
    expect(await system.replication.audit()).toMatchObject({ left: 0, waiting: 0 });
    const keys = Object.entries(await withoutVersions(system)).filter(([key]) => !key.includes('@config'));
    expect(Object.fromEntries(keys)).toEqual(await system.expectedKeys());
    const present = await system.em().find(Plan, {});
    const expected = new Map<string, unknown>();
    for (const tenant of TENANTS) {
      const value = await configStore(system.orm as never)
        .tenant(tenant)
        .get(theme);
      expected.set(`${tenant} theme`, value?.value?.color ?? 'blue');
      for (let id = 1; id <= ROWS; id++)
        expected.set(`${tenant} ${id}`, present.find(plan => plan.id === id && plan.tenantId === tenant)?.name);
    }
    await eventually(() => expect(seen).toEqual(expected));
    await eventually(() => state === 'ready');
  } finally {
    await client.close();
    reading.disconnect();
    for (const orm of writers) await orm.close(true);
  }
});
