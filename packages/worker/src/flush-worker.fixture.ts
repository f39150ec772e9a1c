import { writeSync } from 'node:fs';
import { tenantry } from '@tenantry/mikro-orm';
import { defineConfig } from '@tenantry/protocol';
import type { FreshDatabase } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { openOrm } from '../../mikro-orm/src/open-orm.fixture.ts';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { startWorker } from './start-worker.ts';

/** Configs that are written back, for tests with workers in processes of their own. */
export const counters = Array.from({ length: 3 }, (_, i) =>
  defineConfig({
    name: `counters/${i}`,
    schema: z.number(),
    writePolicy: 'write-back',
    cacheTimeout: '10s',
    databaseTimeout: '10s',
  }),
);

/** Every step of a flush, in their order. */
export const STEPS = [
  'asked for tenants',
  'read',
  'locked',
  'updated',
  'written',
  'committing',
  'committed',
  'settling',
  'settled',
  'looking again',
] as const;

export interface FlushWorkerTask {
  readonly database: Pick<FreshDatabase, 'url' | 'kind' | 'name'>;
  readonly redisUrl: string;
  readonly prefix: string;
  /** Stands still at the nth time it comes to this step, as a whole process, until it is killed. */
  readonly stop?: { readonly step: (typeof STEPS)[number]; readonly nth: number } | undefined;
}

const say = (line: string) => writeSync(1, `${line}\n`);

if (process.argv[2]) await run(JSON.parse(process.argv[2]) as FlushWorkerTask);

async function run({ database, redisUrl, prefix, stop }: FlushWorkerTask): Promise<void> {
  const redis = new Redis(redisUrl);
  const orm = await openOrm(database as FreshDatabase, {
    entities: [Plan] as never,
    extensions: [tenantry({ redis, prefix, sync: [[Plan, plans]], configs: counters })],
  });
  if (stop) {
    let times = 0;
    reportSteps(redis, orm.em.getConnection('write'), step => {
      if (step !== stop.step || ++times < stop.nth) return;
      say(`at ${step}`);
      // Nothing else happens in this process any more, not even on another connection.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });
  }
  const onError = (error: Error) => say(`trouble: ${error.message}`);
  await startWorker({
    orm: orm as never,
    redis,
    flushEveryMs: 50,
    relayEveryMs: 600_000,
    fillEveryMs: 600_000,
    onError,
  });
  say('started');
}

type AnyMethod = (...args: unknown[]) => Promise<unknown>;

function reportSteps(redis: Redis, connection: object, at: (step: (typeof STEPS)[number]) => void): void {
  around(redis, 'zrangebyscore', { after: () => at('asked for tenants') });
  around(redis, 'hscanBuffer', { after: () => at('read') });
  around(redis, 'hlen', { before: () => at('looking again') });
  const isSettle = (args: unknown[]) => Array.isArray(args[1]) && String(args[1][6]).endsWith(':dirty');
  around(redis, 'call', {
    before: args => isSettle(args) && at('settling'),
    after: args => isSettle(args) && at('settled'),
  });
  const isSql = (args: unknown[], sql: RegExp) =>
    sql.test(typeof args[0] === 'string' ? args[0] : String((args[0] as { sql?: string }).sql));
  around(connection, 'execute', {
    after: args => {
      if (isSql(args, /tenantry_config.*for update/s)) at('locked');
      if (isSql(args, /^update .tenantry_config/)) at('updated');
      if (isSql(args, /^insert into .tenantry_config_revision/)) at('written');
    },
  });
  around(connection, 'commit', { before: () => at('committing'), after: () => at('committed') });
}

function around(
  target: object,
  method: string,
  { before, after }: { before?: (args: unknown[]) => unknown; after?: (args: unknown[]) => unknown },
): void {
  const methods = target as Record<string, AnyMethod>;
  const original = (methods[method] as AnyMethod).bind(target);
  methods[method] = async (...args) => {
    before?.(args);
    const answer = await original(...args);
    after?.(args);
    return answer;
  };
}
