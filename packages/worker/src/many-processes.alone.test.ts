import { eventually, monitorCommands, type NodeProcess, spawnNode, startRedisServer } from '@tenantry/testing';
import { expect, it } from 'vitest';
import type { WriterRound, WriterTask } from '../../mikro-orm/src/writer-process.fixture.ts';
import { insertPlans, linesOf, openWriter, relayed, spawnWorker } from './worker.fixture.ts';

const WRITERS = 4;
const WORKERS = 3;
const FLUSHES = 20;
const ROWS = 5;

const writer = new URL('../../mikro-orm/src/writer-process.fixture.ts', import.meta.url);

/** One after the other with the same processes: to start them is most of the work. */
const ROUNDS: readonly (WriterRound & { readonly who: string; readonly tenantId: string })[] = [
  { who: 'only the workers publish', tenantId: 'acme', publish: 'relay' },
  { who: 'writers publish in the background', tenantId: 'initech', publish: 'background' },
  { who: 'writers and workers publish', tenantId: 'globex', publish: 'await', publishTimeoutMs: 5_000 },
];

// G1, G3, G5
it('four writers and three workers, in processes of their own, converge, whether the writers publish or not', {
  timeout: 180_000,
}, async () => {
  // A server of its own: MONITOR tells of everybody's commands.
  await using server = await startRedisServer();
  await using system = await openWriter({ redisServer: server.url });
  const { prefix, database } = system;
  const redisUrl = `redis://${system.redis.options.host}:${system.redis.options.port}`;
  // Filled before anybody is counted: a worker that finds Redis without the tables publishes all that are there, and what waits.
  // With a row, so that the server has the script: a call that finds it unknown is sent once more.
  await insertPlans(system, 1, 1, 'filled');
  expect(await system.replication.fillIfEmpty()).toBe(true);
  await system.drain();
  const { url, kind, name } = database;
  const task: WriterTask = { database: { url, kind, name }, redisUrl, prefix, rounds: ROUNDS.length };
  await using stack = new AsyncDisposableStack();
  const workers = Array.from({ length: WORKERS }, () => stack.use(spawnWorker(system)));
  const writers = Array.from({ length: WRITERS }, () => stack.use(spawnNode(writer, [JSON.stringify(task)])));
  await Promise.all(workers.map(worker => worker.waitForLine('ready')));

  const rows = WRITERS * FLUSHES * ROWS;
  for (const [i, { who, ...round }] of ROUNDS.entries()) {
    // So that all of them begin at the same time.
    await Promise.all(writers.map(each => waiting(each, i + 1)));
    const applied = await countApplied(redisUrl, prefix, round.tenantId);
    for (const each of writers) each.send({ ...round, create: ROWS, flushes: FLUSHES } satisfies WriterRound);
    const isLast = i + 1 === ROUNDS.length;
    if (isLast) for (const each of writers) expect(await each.exit, each.lines.join('\n')).toBe(0);
    else await Promise.all(writers.map(each => waiting(each, i + 2)));
    await relayed(system);

    const expected = await system.expectedKeys();
    expect(Object.keys(expected), who).toHaveLength(2 * rows * (i + 1) + 2);
    const found = await system.redisKeys();
    expect(Object.keys(found), who).toEqual(Object.keys(expected));
    // Each transaction is one message, whoever published it; none is told twice.
    const messages = await system.feed(round.tenantId);
    const versions = messages.flatMap(({ changes }) => changes.map(change => change.version));
    expect(new Set(versions).size, who).toBe(versions.length);
    expect(versions, who).toHaveLength(rows);
    if (isLast) await end(workers);
    // A lease keeps what one worker has claimed from the others, whole transactions at a time. Published twice, to no effect, is only
    // one that its writer had not acknowledged when it grew older than the grace; without leases all three would publish everything.
    const total = await applied();
    expect(total, who).toBeGreaterThanOrEqual(rows);
    if (round.publish === 'relay') expect(total, who).toBeLessThan(1.1 * rows);
  }
});

/** Resolves once a writer is through with what it does before its nth round. */
async function waiting(each: NodeProcess, nth: number): Promise<void> {
  const turns = () => each.lines.filter(line => line === 'waiting').length;
  await eventually(() => expect(turns(), each.lines.join('\n')).toBe(nth), { timeoutMs: 60_000 });
}

async function end(workers: readonly NodeProcess[]): Promise<void> {
  await Promise.all(workers.map(worker => worker.kill('SIGTERM')));
  for (const worker of workers) {
    expect(await worker.exit).toBe(0);
    expect(linesOf(worker).filter(line => /Error|failed/.test(line))).toEqual([]);
  }
}

/** Counts the changes of a tenant that are sent to the replica from now on, those included that come to nothing. */
async function countApplied(redisUrl: string, prefix: string, tenant: string): Promise<() => Promise<number>> {
  const { hostname: host, port } = new URL(redisUrl);
  let count = 0;
  const monitor = await monitorCommands({ host, port: Number(port) }, ({ args }) => {
    // KEYS: records, tombstones, feed, epoch; ARGV: …, the number of changes at the sixth.
    if (/^eval(sha)?$/i.test(args[0] ?? '') && args[3] === `${prefix}:{${tenant}}:records`) count += Number(args[12]);
  });
  return async () => {
    await monitor.caughtUp();
    monitor.end();
    return count;
  };
}
