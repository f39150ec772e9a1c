import { configStore } from '@tenantry/mikro-orm';
import { createClient } from '@tenantry/sdk';
import { eventually, monitorCommands, type RedisServer, startRedisServer } from '@tenantry/testing';
import { workerSource } from '@tenantry/worker-source';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { counter, limit, theme } from '../packages/mikro-orm/src/configs.fixture.ts';
import { Plan, plans } from '../packages/mikro-orm/src/plans.fixture.ts';
import { withoutVersions } from '../packages/mikro-orm/src/system.fixture.ts';
import { SENT } from '../packages/redis/src/connection/changed-replies.ts';
import { insertPlans, openWriter, relayed, workerFor } from '../packages/worker/src/worker.fixture.ts';
import { type AnyRedisOptions, others, replies, rowsOf, timing } from './redis-options.fixture.ts';

/** What ioredis sends before it is ready, and what this test asks. */
const NOT_OURS: ReadonlySet<string> = new Set(['hello', 'select', 'readonly', 'pubsub']);

// A server of this file: MONITOR would tell of what all others send to the shared one, which is most of the work on a busy machine.
let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server?.close());

it.each(rowsOf({ ...timing, ...replies, ...others }))(
  'writer, worker and reader work alike with %s',
  async (_name, options) => {
    const { host, port } = server;
    // Its replies have other types than those that ioredis gives by default.
    const all = { ...options, host, port } as AnyRedisOptions & { replyMapping: 'legacy' };
    const open = () => new Redis(all).on('error', () => undefined);
    const redis = open();
    const own = open();
    // A connection that sends names of this test is ours, and so is all that it sends: the others are of the test itself, or not gone yet.
    const sentBy = new Map<string, Set<string>>();
    const ours = new Set<string>();
    let prefix = 'nothing yet';
    const monitor = await monitorCommands({ host, port }, ({ from, args: [command = '', ...args] }) => {
      if (from === 'lua') return;
      if (args.some(arg => arg.includes(prefix))) ours.add(from);
      sentBy.set(from, (sentBy.get(from) ?? new Set()).add(command.toLowerCase()));
    });
    try {
      await using system = await openWriter({
        sync: [[Plan, plans]],
        redisServer: server.url,
        tenantry: { redis, configs: [theme, limit, counter], publish: 'await', publishTimeoutMs: 30_000 },
      });
      prefix = system.prefix;
      await using worker = await workerFor({ ...system, redis } as never, { flushEveryMs: 50, fillEveryMs: 200 });
      await using source = workerSource({ redis: own, prefix: system.prefix, timeoutMs: 30_000 });
      await using client = await createClient({ redis: own, prefix: system.prefix, source, readTimeoutMs: 30_000 });
      const acme = client.tenant('acme');
      // By the writer itself, and by the relay.
      await insertPlans(system, 1);
      const [report] = system.reportsOf('published');
      expect(report).toMatchObject({ kind: 'published' });
      await system.sql("update plan set name = 'relayed'");
      await system.sql(
        `insert into tenantry_outbox (transaction_id, source, record_id, tenant, op, attempts, available_at, created_at)
       values ('x', 'plans', '1', 'acme', 'update', 0, 0, 0)`,
      );
      await relayed(system);
      const seen: unknown[] = [];
      acme.watch(plans.by('slug', { slug: 'acme-0-0' })).subscribe(plan => seen.push(plan?.name));
      await eventually(() => expect(seen.at(-1)).toBe('relayed'));
      // Through Redis to the database, and back.
      const store = configStore(system.orm).tenant('acme');
      await store.set(counter, { n: 3 });
      await eventually(async () => expect(await system.sql('select * from tenantry_config')).toHaveLength(1));
      await eventually(async () => expect(await acme.get(counter)).toEqual({ n: 3 }));
      await store.set(theme, { color: 'red' });
      await store.patch(theme, { size: 4 });
      expect((await store.get(theme))?.version).toBe(2);
      await eventually(async () => expect(await acme.get(theme)).toEqual({ color: 'red', size: 4 }));
      // Numbers are numbers, whatever Redis's replies look like.
      expect(JSON.stringify(await store.state())).not.toMatch(/:"\d+"/);
      expect((await system.replication.audit()).left).toBe(0);
      expect(worker.errors).toEqual([]);
      // What an application makes of the replies of these is refused; a name that ioredis is given in capitals has no transformer.
      const sent = new Set([...ours].flatMap(from => [...(sentBy.get(from) ?? [])]));
      expect(sent).toContain('time');
      expect([...sent].filter(command => !NOT_OURS.has(command) && !SENT.has(command))).toEqual([]);
      if (options.db === undefined) expect(await withoutVersions(system)).not.toEqual({});
    } finally {
      monitor.end();
      redis.disconnect();
      own.disconnect();
    }
  },
);
