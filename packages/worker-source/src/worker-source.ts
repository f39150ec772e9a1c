import { randomUUID } from 'node:crypto';
import {
  type AnyConfig,
  type ConfigSource,
  type KeptConfig,
  type LoadedConfig,
  TenantryError,
} from '@tenantry/protocol';
import { checkOptionNames, checkWholeOption, LONGEST_TIMER_MS, withoutValues } from '@tenantry/protocol/internal';
import { createRedisNames, DEFAULT_PREFIX } from '@tenantry/protocol/wire';
import { checkRedisClient, type RedisClient, within } from '@tenantry/redis';
import { Queue } from 'bullmq';
import { errorOf, LOADS_QUEUE, type LoadReply, type LoadRequest } from './load-request.ts';
import { openQueueConnection, type QueueConnection } from './queue-connection.ts';
import { ReplyListener } from './reply-listener.ts';

/** Options of `workerSource`. */
export interface WorkerSourceOptions {
  /** The application's connection; two are made like it. Never closed here. */
  readonly redis: RedisClient;
  /** The first part of BullMQ's names in Redis; the workers' must be the same. Default `tenantry`. */
  readonly prefix?: string | undefined;
  /** The longest that a load waits for a worker's answer, in ms. Default 2,000. A config's `databaseTimeout` may be shorter. */
  readonly timeoutMs?: number | undefined;
}

/** A source that asks the workers. */
export interface WorkerSource extends Required<ConfigSource>, AsyncDisposable {
  /** Fails what is still waited for with `CLOSED`, and ends the connections. Idempotent. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 2_000;
const SHORTEST_SILENCE_MS = 1_000;

/**
 * Loads configs by way of the workers, for readers without a database: `createClient({ redis, source: workerSource({ redis }) })`.
 * All that is asked for in one tick of one tenant is one job. Rejects with `TIMEOUT` where no worker answers in time,
 * `UNAVAILABLE` without Redis, and with the worker's own error. Throws `INVALID_OPTION`.
 */
export function workerSource(options: WorkerSourceOptions): WorkerSource {
  checkOptionNames('workerSource', options, ['redis', 'prefix', 'timeoutMs']);
  const { redis, prefix = DEFAULT_PREFIX, timeoutMs = TIMEOUT_MS } = options;
  checkRedisClient(redis);
  createRedisNames(prefix);
  checkWholeOption('timeoutMs', timeoutMs, 1, LONGEST_TIMER_MS);
  return new QueueSource(redis, prefix, timeoutMs);
}

type Answer = LoadedConfig | KeptConfig | undefined;
type Found = Extract<LoadReply, { readonly found: unknown }>['found'];

/** The configs of one tenant that are asked for in one tick: each key with its place in the answer. */
interface Batch {
  readonly configKeys: Map<string, number>;
  readonly found: Promise<Found>;
}

class QueueSource implements WorkerSource {
  readonly #timeoutMs: number;
  readonly #connection: QueueConnection;
  readonly #queue: Queue<LoadRequest>;
  readonly #listener: ReplyListener;
  readonly #batches = new Map<string, Batch>();
  #closing: Promise<void> | undefined;

  constructor(redis: RedisClient, prefix: string, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    const silenceMs = Math.max(timeoutMs, SHORTEST_SILENCE_MS);
    const open = () => openQueueConnection(redis, () => this.#closing !== undefined, silenceMs);
    this.#connection = open();
    this.#listener = new ReplyListener(prefix, open);
    this.#queue = new Queue<LoadRequest>(LOADS_QUEUE, {
      connection: this.#connection.redis,
      prefix: `${prefix}:{@bullmq}`,
      streams: { events: { maxLen: 100 } },
    });
    // Each load that fails says so by itself.
    this.#queue.on('error', () => undefined);
  }

  async load(tenant: string, definitions: readonly AnyConfig[]): Promise<readonly (LoadedConfig | undefined)[]> {
    return (await this.#load(tenant, definitions, false)) as readonly (LoadedConfig | undefined)[];
  }

  loadIntoRedis(tenant: string, definitions: readonly AnyConfig[]): Promise<readonly Answer[]> {
    return this.#load(tenant, definitions, true);
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #load(tenant: string, definitions: readonly AnyConfig[], intoRedis: boolean): Promise<readonly Answer[]> {
    if (this.#closing) throw closed();
    if (definitions.length === 0) return [];
    const { configKeys, found } = this.#batchOf(tenant, intoRedis);
    for (const { configKey } of definitions) if (!configKeys.has(configKey)) configKeys.set(configKey, configKeys.size);
    const all = await found;
    return definitions.map(({ configKey }) => all[configKeys.get(configKey) as number] ?? undefined);
  }

  #batchOf(tenant: string, intoRedis: boolean): Batch {
    const name = `${intoRedis ? 'redis' : 'value'} ${tenant}`;
    const begun = this.#batches.get(name);
    if (begun) return begun;
    const configKeys = new Map<string, number>();
    const found = new Promise<void>(resolve => setImmediate(resolve)).then(() => {
      this.#batches.delete(name);
      return this.#ask({ tenant, configKeys: [...configKeys.keys()], intoRedis });
    });
    const batch = { configKeys, found };
    this.#batches.set(name, batch);
    return batch;
  }

  async #ask(question: Omit<LoadRequest, 'id' | 'replyTo'>): Promise<Found> {
    if (this.#closing) throw closed();
    const id = randomUUID();
    const answer = this.#listener.expect(id);
    let isAsked = false;
    let isOver = false;
    const asking = async () => {
      await Promise.all([this.#listener.listen(), this.#connection.ready()]);
      if (isOver) return answer;
      const request = { id, ...question, replyTo: this.#listener.channel };
      isAsked = true;
      // Under an id of ours: ioredis sends what was not answered once more, and it is to be the same job.
      await this.#queue.add('load', request, { jobId: id, removeOnComplete: true, removeOnFail: true });
      return answer;
    };
    try {
      const reply = await within(this.#timeoutMs, ASKING, Promise.race([asking(), answer]));
      if ('error' in reply) throw errorOf(reply.error);
      return reply.found;
    } catch (error) {
      isOver = true;
      // Without a worker questions would pile up. Redis gets this after the question, which it may not have got yet.
      if (isAsked) void this.#queue.remove(id).catch(() => undefined);
      if (!this.#closing) void this.#listener.check(this.#timeoutMs);
      throw withoutValues(error, ASKING);
    } finally {
      this.#listener.forget(id);
    }
  }

  async #stop(): Promise<void> {
    this.#listener.rejectAll(closed());
    await within(1_000, 'Closing the queue', this.#queue.close()).catch(() => undefined);
    this.#connection.end();
    this.#listener.end();
  }
}

const ASKING = 'Asking a worker to load configs';

function closed(): TenantryError {
  return new TenantryError('CLOSED', 'This source is closed: nothing can be loaded any more.');
}
