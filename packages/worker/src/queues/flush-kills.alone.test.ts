import { configStore, writeBack } from '@tenantry/mikro-orm';
import { effort, eventually, type NodeProcess, seededRandom, spawnNode, testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { Plan, plans } from '../../../mikro-orm/src/plans.fixture.ts';
import { openSystem } from '../../../mikro-orm/src/system.fixture.ts';
import { counters, type FlushWorkerTask, STEPS } from '../flush-worker.fixture.ts';

const AT_ONCE = 5;
/** Each step once. */
const ROUNDS = effort(STEPS.length / AT_ONCE);
const TENANTS = 8;

// L61, G9, G1
it('kills workers between any two steps of a flush: every acknowledged write is in the database, once', async () => {
  const random = seededRandom();
  await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: counters } });
  const { url, kind, name } = system.database;
  const back = writeBack(system.orm);
  const start = (stop?: FlushWorkerTask['stop']): NodeProcess => {
    const task = { database: { url, kind, name }, redisUrl: testServers().redisUrl, prefix: system.prefix, stop };
    return spawnNode(new URL('../flush-worker.fixture.ts', import.meta.url), [JSON.stringify(task)]);
  };

  let writing = true;
  const acknowledged = new Map<string, number>();
  const writers = Array.from({ length: TENANTS }, (_, i) => `tenant-${i}`).flatMap(tenant =>
    counters.map(async counter => {
      const configs = configStore(system.orm).tenant(tenant);
      for (let n = 1; writing; n++) {
        const { version } = await configs.set(counter, n);
        // One writer each: the nth write is version n, however often workers die.
        expect(version).toBe(n);
        acknowledged.set(`${tenant} ${counter.name}`, n);
        await new Promise(resolve => setTimeout(resolve, random.int(20, 60)));
      }
    }),
  );
  const ended = Promise.allSettled(writers);
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => {
    writing = false;
    await ended;
  });

  const killedAt = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const workers = Array.from({ length: AT_ONCE }, async (_, i) => {
      const step = STEPS[(round * AT_ONCE + i) % STEPS.length] as (typeof STEPS)[number];
      await using worker = start({ step, nth: random.int(1, 4) });
      await worker.waitForLine(`at ${step}`, 90_000);
      await worker.kill();
      killedAt.set(step, (killedAt.get(step) ?? 0) + 1);
    });
    await Promise.all(workers);
  }
  writing = false;
  await Promise.all(writers);
  const tenants = Array.from({ length: TENANTS }, (_, i) => `tenant-${i}`);
  await using last = start();
  await last.waitForLine('started');
  const dirty = async () => (await Promise.all(tenants.map(tenant => back.dirtyCount(tenant)))).reduce((a, b) => a + b);
  await eventually(async () => (await dirty()) === 0, { timeoutMs: 90_000, message: 'everything to be flushed' });

  const rows = await system.sql<{ tenant: string; name: string; value: string; version: string }>(
    'select tenant, name, value, version from tenantry_config',
  );
  expect(Object.fromEntries(rows.map(row => [`${row.tenant} ${row.name}`, Number(row.value)]))).toEqual(
    Object.fromEntries(acknowledged),
  );
  const revisions = await system.sql<{
    tenant: string;
    name: string;
    value: string;
    version: string;
    write_id: string;
  }>('select tenant, name, value, version, write_id from tenantry_config_revision order by id');
  // Exactly once, in order, none with another one's value.
  expect(new Set(revisions.map(row => row.write_id))).toHaveLength(revisions.length);
  const seen = new Map<string, number>();
  for (const { tenant, name, value, version } of revisions) {
    expect(Number(version)).toBe(Number(value));
    expect(Number(version)).toBeGreaterThan(seen.get(`${tenant} ${name}`) ?? 0);
    seen.set(`${tenant} ${name}`, Number(version));
  }
  for (const tenant of tenants)
    for (const { address, name } of counters)
      expect(await system.value(tenant, address)).toBe(acknowledged.get(`${tenant} ${name}`));
  const writes = [...acknowledged.values()].reduce((a, b) => a + b);
  expect(killedAt.size).toBe(STEPS.length);
  process.stdout.write(
    `seed ${random.seed}: ${ROUNDS * AT_ONCE} workers killed at ${killedAt.size} steps, ${writes} acknowledged writes, ${revisions.length} revisions, none lost, none twice\n`,
  );
}, 600_000);
