import { eventually, type RedisServer, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relayed } from '../packages/worker/src/worker.fixture.ts';
import { type OptionLife, openOptionLife } from './option-life.fixture.ts';
import { bounds, others, replies, rowsOf, timing } from './redis-options.fixture.ts';

// One Redis for all, which is away, comes, and pauses: each option would otherwise wait for that by itself. What only changes the
// replies, or nothing, is turned on together; `redis-options.int.test.ts` has each of them alone.
const { 'RESP 2': resp2, 'another db': anotherDb, ...resp3 } = replies;
const table = rowsOf({
  nothing: {},
  ...timing,
  ...bounds,
  'replies of RESP 2': { ...resp2, stringNumbers: true },
  'replies of RESP 3': Object.assign({}, ...Object.values(resp3), { protocol: 3 }),
  'all others': Object.assign({}, anotherDb, ...Object.values(others)),
});
const PAUSE_MS = 1_500;
const AT_ONCE = 6;

let server: RedisServer;
let control: Redis;
const lives = new Map<string, OptionLife>();
/** Option → what went wrong first, and when. */
const failed = new Map<string, Error>();

/** Goes on with the next of them only once all are through, whatever became of each. */
async function each(moment: string, work: (life: OptionLife, name: string) => Promise<unknown>): Promise<void> {
  await Promise.all(
    [...lives].map(async ([name, life]) => {
      if (failed.has(name)) return;
      await work(life, name).catch(error =>
        failed.set(name, new Error(`${moment}: ${error.message}`, { cause: error })),
      );
    }),
  );
}

beforeAll(async () => {
  server = await startRedisServer();
  await server.kill();
  // Some at a time: a database that is asked for all of them at once lets some wait for too long.
  for (let i = 0; i < table.length; i += AT_ONCE)
    await Promise.all(
      table
        .slice(i, i + AT_ONCE)
        .map(async ([name, options]) => lives.set(name, await openOptionLife(server, options))),
    );
  await each('writing without Redis', life => life.write('away'));
  await server.start();
  control = new Redis(server.url).on('error', () => undefined);
  await each('once Redis came', life => life.sees('away'));
  await each('with Redis', async life => {
    await life.write('there');
    await life.sees('there');
    await life.writesBack(1);
  });
  await control.client('PAUSE', PAUSE_MS, 'ALL');
  await each('writing while Redis pauses', life => life.write('paused'));
  await each('after the pause', life => life.sees('paused'));
  await each('and later', async life => {
    await life.write('later');
    await life.sees('later');
    await life.writesBack(2);
  });
  await each('told afterwards', async (life, name) => {
    // A busy machine passes such a bound by itself.
    if (name in bounds) return;
    const [errors, troubles] = [life.errors.length, life.troubles.length];
    await life.write('quiet');
    await life.sees('quiet');
    expect(life.errors.slice(errors)).toEqual([]);
    expect(life.troubles.slice(troubles)).toEqual([]);
    await relayed(life.system);
    // Once for Redis that was away, and once for its pause.
    for (const told of [life.errors, life.troubles])
      for (const [message, times] of countOf(told)) expect(times, message).toBeLessThanOrEqual(2);
  });
  // Those that failed too: what they leave open would meet the next file.
  await Promise.all([...lives.values()].map(life => life.close()));
}, 280_000);

afterAll(async () => {
  control?.disconnect();
  await server?.close();
});

function countOf(told: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const each of told) counts.set(String(each), (counts.get(String(each)) ?? 0) + 1);
  return counts;
}

describe('with Redis away at the start, there, and pausing, writer, worker and reader work alike', () => {
  it.each(table)('with %s', name => {
    const failure = failed.get(name);
    if (failure) throw failure;
  });

  it('and their end leaves no connection', () => onlyControlIsConnected());
});

it('a connection that its application lets end: commits go on, the reader says so, nothing is told for ever, and the end is one', async () => {
  const life = await openOptionLife(server, { retryStrategy: () => null });
  await life.write('there');
  await life.sees('there');
  await server.restart({ wipe: true });
  await life.losesRedis();
  await life.write('lost');
  // The worker's own connections are back; the application's is not.
  await eventually(() => expect(life.errors.length).toBeGreaterThan(0));
  await life.write('still lost');
  expect(await life.system.outbox()).not.toEqual([]);
  for (const told of [life.errors, life.troubles])
    for (const [message, times] of countOf(told)) expect(times, message).toBe(1);
  await life.close();
  await onlyControlIsConnected();
});

async function onlyControlIsConnected(): Promise<void> {
  await eventually(async () =>
    expect(
      String(await control.client('LIST'))
        .trim()
        .split('\n'),
    ).toHaveLength(1),
  );
}
