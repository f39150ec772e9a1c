import { fileURLToPath } from 'node:url';
import type { TenantryError } from '@tenantry/protocol';
import { createPayloadCodec, decodeEnvelope } from '@tenantry/protocol/wire';
import { eventually, type NodeProcess, spawnNode } from '@tenantry/testing';
import type { Redis } from 'ioredis';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openSystem, type SystemOptions, type TestSystem } from '../../mikro-orm/src/system.fixture.ts';
import { startWorker, type TenantryWorker } from './start-worker.ts';
import type { ConfigSettings } from './worker-config.fixture.ts';
import type { WorkerOptions } from './worker-options.ts';

/** An application whose flushes leave everything to the relay. */
export function openWriter(options: Partial<SystemOptions> = {}): Promise<TestSystem> {
  return openSystem({
    sync: [[Plan, plans]],
    ...options,
    tenantry: { publish: 'relay', relayGraceMs: 50, feedLength: 1_000_000, ...options.tenantry },
  });
}

const OVERDUE = /took longer than its budget/;

/** A worker beside the writer, and what it reported: not what took longer than its budget, which a busy machine makes of anything. */
export async function workerFor(
  system: TestSystem,
  options: Partial<WorkerOptions> = {},
): Promise<TenantryWorker & { readonly errors: TenantryError[] }> {
  const errors: TenantryError[] = [];
  const { orm, redis } = system;
  const worker = await startWorker({
    orm: orm as never,
    redis,
    relayEveryMs: 50,
    onError: error => void (OVERDUE.test(error.message) || errors.push(error)),
    ...options,
  });
  return { ...worker, errors };
}

/** The program, in a process of its own, on the writer's database. */
export function spawnWorker(system: TestSystem, settings: Partial<ConfigSettings> = {}): NodeProcess {
  const { database, prefix } = system;
  const { host, port } = system.redis.options;
  const all: ConfigSettings = { database, prefix, redisUrl: `redis://${host}:${port}`, ...settings };
  return spawnProgram(['--config', fileURLToPath(new URL('./worker-config.fixture.ts', import.meta.url))], all);
}

export function spawnProgram(args: readonly string[], settings?: ConfigSettings): NodeProcess {
  const env = settings ? { TEST_WORKER_CONFIG: JSON.stringify(settings) } : {};
  return spawnNode(new URL('./main.ts', import.meta.url), args, env);
}

/** Inserts plans, each transaction with so many, and none of them published. */
export async function insertPlans(system: TestSystem, transactions: number, each = 1, tenantId = 'acme') {
  for (let i = 0; i < transactions; i++) {
    const em = system.em();
    for (let j = 0; j < each; j++) em.create(Plan, { tenantId, slug: `${tenantId}-${i}-${j}`, name: `plan ${i}` });
    await em.flush();
  }
}

/** The names of the plans in this Redis, by key. */
export async function namesIn(redis: Redis, prefix: string): Promise<Record<string, string>> {
  const codec = createPayloadCodec();
  const found: Record<string, string> = {};
  for (const key of (await redis.keys(`${prefix}:{*}:k:*`)).sort()) {
    const bytes = await redis.getBuffer(key);
    const payload = bytes && decodeEnvelope(bytes).payload;
    // Empty where the row cannot be published, and never could.
    if (payload?.length) found[key] = (codec.decode(payload) as Plan).name;
  }
  return found;
}

/** Waits until nothing is left in the outbox. */
export async function relayed(system: TestSystem, timeoutMs = 60_000): Promise<void> {
  // One row of it says enough: to load all of a long backlog, again and again, would be more work than to publish it.
  const isEmpty = async () => (await system.outbox(1)).length === 0;
  await eventually(isEmpty, { timeoutMs, message: 'the outbox to be empty' });
}

/** What a worker's process said, but for what a busy machine makes of anything. */
export function linesOf({ lines }: NodeProcess): string[] {
  return lines.filter(line => !OVERDUE.test(line));
}

/** How many turns of a task the schedule has had since it was planned, and the one to come. */
export async function turnsOf({ redis, prefix }: TestSystem, task = 'relay'): Promise<number> {
  return Number(await redis.hget(`${prefix}:{@bullmq}:tenantry:repeat:${task}`, 'ic'));
}

/** Waits until the schedule has had so many turns of a task since it was planned: for each as long as for anything else. */
export async function turns(system: TestSystem, least: number, task = 'relay'): Promise<void> {
  for (let nth = 1; nth <= least; nth++)
    await eventually(async () => (await turnsOf(system, task)) > nth, {
      message: `turn ${nth} of ${least} of ${task}`,
    });
}
