import { eventually, monitorCommands, spawnNode, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import type { WriterTask } from '../../mikro-orm/src/writer-process.fixture.ts';
import { insertPlans, openWriter, relayed, spawnWorker } from './worker.fixture.ts';

const WRITERS = 4;
const WORKERS = 3;
const FLUSHES = 20;
const ROWS = 5;

const writer = new URL('../../mikro-orm/src/writer-process.fixture.ts', import.meta.url);

// G1, G3, G5
it.each([
  { who: 'only the workers publish', publishTimeoutMs: 0 },
  { who: 'writers and workers publish', publishTimeoutMs: 5_000 },
])(
  'four writers and three workers, in processes of their own, converge: $who',
  {
    timeout: 180_000,
  },
  async ({ publishTimeoutMs }) => {
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
    const applied = await countApplied(redisUrl, prefix);
    const workers = Array.from({ length: WORKERS }, () => spawnWorker(system));
    await Promise.all(workers.map(worker => worker.waitForLine('ready', 30_000)));
    const { url, kind, name } = database;
    const task: WriterTask = {
      database: { url, kind, name },
      redisUrl,
      prefix,
      create: ROWS,
      flushes: FLUSHES,
      publishTimeoutMs,
    };
    const writers = Array.from({ length: WRITERS }, () => spawnNode(writer, [JSON.stringify(task)]));
    for (const each of writers) expect(await each.exit, each.lines.join('\n')).toBe(0);
    await relayed(system);

    const rows = WRITERS * FLUSHES * ROWS;
    const expected = await system.expectedKeys();
    expect(Object.keys(expected)).toHaveLength(2 * rows + 2);
    const found = await system.redisKeys();
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    // Each transaction is one message, whoever published it; none is told twice.
    const messages = await system.feed('acme');
    const versions = messages.flatMap(({ changes }) => changes.map(change => change.version));
    expect(new Set(versions).size).toBe(versions.length);
    expect(versions).toHaveLength(rows);
    for (const worker of workers) {
      await worker.kill('SIGTERM');
      expect(await worker.exit).toBe(0);
      expect(worker.lines.filter(line => /Error|failed/.test(line))).toEqual([]);
    }
    // A lease keeps what one worker has claimed from the others, whole transactions at a time. Published twice, to no effect, is only
    // one that its writer had not acknowledged when it grew older than the grace; without leases all three would publish everything.
    const total = await applied();
    expect(total).toBeGreaterThanOrEqual(rows);
    if (publishTimeoutMs === 0) expect(total).toBeLessThan(1.1 * rows);
  },
);

/** Counts the changes that are sent to the replica from now on, those included that come to nothing. */
async function countApplied(redisUrl: string, prefix: string): Promise<() => Promise<number>> {
  const { hostname: host, port } = new URL(redisUrl);
  let count = 0;
  let isAtEnd = false;
  const monitor = await monitorCommands({ host, port: Number(port) }, ({ args }) => {
    isAtEnd ||= args[1] === 'the end';
    // KEYS: records, tombstones, feed, epoch; ARGV: …, the number of changes at the sixth.
    if (/^eval(sha)?$/i.test(args[0] ?? '') && args[3] === `${prefix}:{acme}:records`) count += Number(args[12]);
  });
  return async () => {
    const last = new Redis(redisUrl);
    await last.echo('the end');
    await eventually(() => isAtEnd);
    last.disconnect();
    monitor.end();
    return count;
  };
}
