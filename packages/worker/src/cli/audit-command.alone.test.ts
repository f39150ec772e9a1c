import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { eventually, freshPrefix, startFaultProxy, startRedisServer } from '@tenantry/testing';
import { expect, it, onTestFinished } from 'vitest';
import { type TestSystem, withoutVersions } from '../../../mikro-orm/src/system.fixture.ts';
import { insertPlans, openWriter, relayed, spawnProgram, workerFor } from '../worker.fixture.ts';
import type { ConfigSettings } from '../worker-config.fixture.ts';

const SOURCES = new URL('../../../testing/src/sources.ts', import.meta.url).href;
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../worker-config.fixture.ts', import.meta.url));

const settingsFor = ({ redis, database, prefix }: TestSystem): ConfigSettings => ({
  ...{ database, prefix },
  redisUrl: `redis://${redis.options.host}:${redis.options.port}`,
});

/** Runs the program to its end. */
async function audit(system: TestSystem, ...flags: string[]): Promise<{ code: unknown; lines: readonly string[] }> {
  await using program = spawnProgram(['audit', '--config', CONFIG, ...flags], settingsFor(system));
  return { code: await program.exit, lines: program.lines };
}

async function openPublished(): Promise<TestSystem> {
  const system = await openWriter();
  await insertPlans(system, 3);
  await system.drain();
  return system;
}

it.concurrent('the program tells what is wrong, mends it, and says so by its exit code', async () => {
  await using system = await openPublished();
  const clean = await audit(system);
  expect(clean.lines).toEqual([expect.stringContaining('3 rows'), 'nothing found, 0 repaired, 0 left']);
  expect(clean.code).toBe(0);
  await system.sql('delete from plan where id = 1');
  await system.sql("update plan set name = 'other' where id = 2");

  const found = await audit(system);
  expect(found.code).toBe(1);
  expect(found.lines[0]).toMatch(/^KIND +TENANT +RECORD +KEY +AGE +REPAIRED$/);
  expect(found.lines[1]).toMatch(/^orphan +acme +plans:1 +- .* no$/);
  expect(found.lines[2]).toMatch(/^stale +acme +plans:2 +plans:id:2 .* no$/);
  expect(found.lines.slice(3).join('\n')).toContain('1 stale, 1 orphan found, 0 repaired, 2 left');

  const mended = await audit(system, '--repair', '--json');
  expect(mended.code).toBe(0);
  const objects = mended.lines.map(line => JSON.parse(line));
  expect(objects.slice(0, -1).map(({ finding }) => [finding.kind, finding.owner, finding.repaired])).toEqual([
    ['orphan', 'plans:1', true],
    ['stale', 'plans:2', true],
  ]);
  expect(objects.at(-1).summary).toMatchObject({ left: 0, repaired: 2, complete: true });
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  const others = await Promise.all([audit(system, '--tenant', 'zeta'), audit(system, '--resync')]);
  expect(others).toMatchObject([{ code: 0 }, { code: 0 }]);
}, 180_000);

it.concurrent('the program says that it could not finish', async () => {
  await using system = await openPublished();
  const refused = [['--after', 'nonsense'], ['--nope'], ['--resync', '--repair']];
  for (const ended of await Promise.all(refused.map(flags => audit(system, ...flags))))
    expect(ended).toMatchObject({ code: 2 });
}, 180_000);

it.concurrent('the program loses nothing of what it found to a reader that comes late', async () => {
  await using system = await openWriter();
  await insertPlans(system, 1, 1_000);
  await system.drain();
  await system.sql("update plan set name = 'other'");
  const { host = '', port = 0 } = system.redis.options;
  await using proxy = await startFaultProxy({ target: { host, port } });
  const settings = { ...settingsFor(system), redisUrl: `redis://${proxy.host}:${proxy.port}` };
  const words = ['--import', SOURCES, MAIN, 'audit', '--config', CONFIG, '--json'];
  const program = spawn(process.execPath, words, {
    env: { ...process.env, TEST_WORKER_CONFIG: JSON.stringify(settings) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void program.kill('SIGKILL'));
  // It has let go of Redis, so it is at its end: all that is left is to be read, and that is more than a pipe holds.
  await eventually(() => proxy.accepted > 0 && proxy.connections === 0, { timeoutMs: 60_000 });
  expect((await text(program.stdout)).match(/"kind":"stale"/g)).toHaveLength(1_000);
}, 180_000);

it('a worker audits by itself, and repairs where it was told to', async () => {
  await using system = await openPublished();
  await system.sql('delete from plan where id = 1');
  {
    await using _worker = await workerFor(system, { auditEveryMs: 200 });
    await eventually(() => system.reportsOf('audited').some(({ found }) => found.orphan === 1));
    expect(system.reportsOf('audited').every(({ repaired }) => repaired === 0)).toBe(true);
  }
  await using _worker = await workerFor(system, { auditEveryMs: 200, auditRepairs: true });
  await eventually(() => system.reportsOf('audited').some(({ repaired }) => repaired === 1));
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}, 180_000);

it('no audit is planned where none is wanted', async () => {
  await using system = await openPublished();
  await using worker = await workerFor(system, { auditEveryMs: 0, fillEveryMs: 50 });
  await insertPlans(system, 1, 1, 'zeta');
  await relayed(system);
  await eventually(async () => system.replication.replica.isFilled());
  expect(await system.redis.exists(`${system.prefix}:{@bullmq}:tenantry:repeat:audit`)).toBe(0);
  expect(worker.errors).toEqual([]);
}, 180_000);

// R11
it('a worker fills a Redis that went back to an earlier state, and removes what was deleted since', async () => {
  await using system = await openPublished();
  await using _worker = await workerFor(system, { auditEveryMs: 0, fillEveryMs: 50 });
  const { replica } = system.replication;
  await eventually(
    async () => (await replica.isFilled()) && (await system.redis.exists(replica.names.watermark)) === 1,
  );
  await eventually(async () => (await confirmed(system)) > 0);
  const before = await confirmed(system);
  const dumps = await dumpAll(system);
  await system.sql('delete from plan where id = 1');
  await system.sql("update plan set name = 'later' where id = 2");
  // The mark moves on, once a minute; here at once.
  await system.redis.del(replica.names.fillState);
  await eventually(() => replica.isFilled());
  await eventually(async () => (await confirmed(system)) > before);
  for (const [key, dump] of dumps) await system.redis.restore(key, 0, dump, 'REPLACE');

  await eventually(() => system.reportsOf('rewound').some(({ what }) => what === 'redis'));
  const expected = await system.expectedKeys();
  await eventually(async () => JSON.stringify(await withoutVersions(system)) === JSON.stringify(expected));
}, 180_000);

// R11
it('workers repair a Redis that lost its last moments, and a fill whose lease it went back to holds nobody up', async () => {
  await using server = await startRedisServer({ appendOnly: 'no' });
  await using system = await openWriter({ redisServer: server.url, prefix: freshPrefix(server.url).prefix });
  await insertPlans(system, 2);
  const { replica } = system.replication;
  const fill = replica.beginFill.bind(replica);
  // The snapshot is taken in the middle of the fill.
  (replica as { beginFill: typeof fill }).beginFill = async anew => {
    const token = await fill(anew);
    if (token !== undefined) await system.redis.call('SAVE');
    return token;
  };
  await using _one = await workerFor(system, { auditEveryMs: 0, fillEveryMs: 50 });
  await eventually(async () => (await replica.isFilled()) && (await system.replication.checkHistory()) === 'same');
  await insertPlans(system, 2, 1, 'zeta');
  await relayed(system);
  await server.kill();
  await server.start();
  await using _another = await workerFor(system, { auditEveryMs: 0, fillEveryMs: 50 });
  const expected = JSON.stringify(await system.expectedKeys());
  await eventually(async () => JSON.stringify(await withoutVersions(system)) === expected);
  await eventually(async () => (await system.replication.checkHistory()) === 'same');
}, 180_000);

/** The mark that the database knows Redis to have. */
async function confirmed(system: TestSystem): Promise<number> {
  const [row] = await system.sql<{ confirmed: number }>('select confirmed from tenantry_replica');
  return Number(row?.confirmed ?? 0);
}

/** What stands in Redis, as a snapshot has it; BullMQ's apart. */
async function dumpAll(system: TestSystem): Promise<[string, Buffer][]> {
  const keys = (await system.redis.keys(`${system.prefix}:*`)).filter(key => !key.includes('@bullmq'));
  return Promise.all(keys.map(async (key): Promise<[string, Buffer]> => [key, await system.redis.dumpBuffer(key)]));
}

// R13
it('a worker says that the database went back', async () => {
  await using system = await openPublished();
  await using worker = await workerFor(system, { auditEveryMs: 0, fillEveryMs: 50 });
  const { replica } = system.replication;
  await eventually(async () => (await system.redis.exists(replica.names.watermark)) === 1);
  await eventually(async () => (await confirmed(system)) > 0);
  await system.sql('update tenantry_replica set confirmed = 1, announced = 1');
  await eventually(() => worker.errors.some(({ code }) => code === 'REWOUND'));
  await system.replication.resync();
  expect(await system.replication.checkHistory()).toBe('same');
}, 180_000);
