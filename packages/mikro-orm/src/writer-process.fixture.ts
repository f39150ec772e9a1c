import { once } from 'node:events';
import type { FreshDatabase } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { openOrm } from './open-orm.fixture.ts';
import { Plan, plans } from './plans.fixture.ts';
import type { PublishMode } from './publish/commits/commit-publisher.ts';
import { replication } from './replication.ts';
import { tenantry } from './tenantry.ts';

// A process of its own that writes or relays, and can be stopped for good at a certain moment.

export interface WriterTask {
  readonly database: Pick<FreshDatabase, 'url' | 'kind' | 'name'>;
  readonly redisUrl: string;
  readonly prefix: string;
  /** Default `acme`. */
  readonly tenantId?: string;
  /** Creates so many rows of one tenant in each flush. */
  readonly create?: number;
  /** Default 1. */
  readonly flushes?: number;
  readonly relay?: boolean;
  readonly publish?: PublishMode;
  readonly publishTimeoutMs?: number;
  /** How many rounds it waits for after this. */
  readonly rounds?: number;
  /** Stop before the nth script runs, or after it ran and before its answer is seen. */
  readonly stop?: { readonly when: 'before' | 'after'; readonly script: number };
}

/** What such a process may be sent to do after the first, once it said `waiting`. */
export type WriterRound = Pick<WriterTask, 'tenantId' | 'create' | 'flushes' | 'publish' | 'publishTimeoutMs'>;

const task = JSON.parse(process.argv[2] as string) as WriterTask;
const say = (line: string) => void process.stdout.write(`${line}\n`);

const redis = new Redis(task.redisUrl);
if (task.stop) stopAt(task.stop);
await run(task);
for (let n = 0; n < (task.rounds ?? 0); n++) {
  const sent = once(process, 'message');
  say('waiting');
  const [round] = (await sent) as [WriterRound];
  await run({ ...task, ...round });
}
redis.disconnect();
process.disconnect?.();
say('closed');

async function run({
  tenantId = 'acme',
  create,
  flushes = 1,
  relay,
  publish = 'await',
  publishTimeoutMs = 60_000,
}: WriterTask): Promise<void> {
  const orm = await openOrm(task.database as FreshDatabase, {
    entities: [Plan] as never,
    extensions: [
      tenantry({
        redis,
        prefix: task.prefix,
        sync: [[Plan, plans]],
        publish,
        publishTimeoutMs,
        relayGraceMs: 0,
        relayBatchSize: 5,
      }),
    ],
  });
  for (let n = 0; create && n < flushes; n++) {
    const em = orm.em.fork();
    for (let i = 0; i < create; i++) em.create(Plan, { tenantId, slug: `${tenantId} ${process.pid} ${n} ${i}` });
    await em.flush();
  }
  if (create) say('flushed');
  if (relay) say(`relayed ${(await replication(orm).relay()).published}`);
  // An acknowledgement under way while the ORM closes would connect again, and keep the process alive.
  await replication(orm).settled();
  await orm.close();
}

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
