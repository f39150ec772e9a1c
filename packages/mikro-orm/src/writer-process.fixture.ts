import type { FreshDatabase } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { openOrm } from './open-orm.fixture.ts';
import { Plan, plans } from './plans.fixture.ts';
import { replication } from './replication.ts';
import { tenantry } from './tenantry.ts';

// A process of its own that writes or relays, and can be stopped for good at a certain moment.

export interface WriterTask {
  readonly database: Pick<FreshDatabase, 'url' | 'kind' | 'name'>;
  readonly redisUrl: string;
  readonly prefix: string;
  /** Creates so many rows of one tenant in each flush. */
  readonly create?: number;
  /** Default 1. */
  readonly flushes?: number;
  readonly relay?: boolean;
  readonly publishTimeoutMs?: number;
  /** Stop before the nth script runs, or after it ran and before its answer is seen. */
  readonly stop?: { readonly when: 'before' | 'after'; readonly script: number };
}

const task = JSON.parse(process.argv[2] as string) as WriterTask;
const say = (line: string) => void process.stdout.write(`${line}\n`);

const redis = new Redis(task.redisUrl);
if (task.stop) stopAt(task.stop);
const orm = await openOrm(task.database as FreshDatabase, {
  entities: [Plan] as never,
  extensions: [
    tenantry({
      redis,
      prefix: task.prefix,
      sync: [[Plan, plans]],
      publishTimeoutMs: task.publishTimeoutMs ?? 60_000,
      relayGraceMs: 0,
      relayBatchSize: 5,
    }),
  ],
});
for (let n = 0; task.create && n < (task.flushes ?? 1); n++) {
  const em = orm.em.fork();
  for (let i = 0; i < task.create; i++) em.create(Plan, { tenantId: 'acme', slug: `${process.pid} ${n} ${i}` });
  await em.flush();
}
if (task.relay) say(`relayed ${(await replication(orm).relay()).published}`);
// An acknowledgement under way while the ORM closes would connect again, and keep the process alive.
await replication(orm).settled();
await orm.close();
redis.disconnect();
process.disconnect?.();
say('closed');

function stopAt({ when, script }: NonNullable<WriterTask['stop']>): void {
  const call = redis.call.bind(redis) as (...args: unknown[]) => Promise<unknown>;
  let scripts = 0;
  Object.assign(redis, {
    async call(...args: unknown[]) {
      // The first attempt by hash may only find out that the script is unknown.
      const isLast = ++scripts === script && args[0] === 'evalsha';
      if (isLast && when === 'before') return stop();
      const answer = await call(...args).catch(error => {
        scripts--;
        throw error;
      });
      return isLast ? stop() : answer;
    },
  });
}

function stop(): Promise<never> {
  say('stopped');
  return new Promise(() => undefined);
}
