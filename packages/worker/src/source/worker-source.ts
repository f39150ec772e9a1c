import { randomUUID } from 'node:crypto';
import { type AnyConfig, type ConfigSource, type LoadedConfig, TenantryError } from '@tenantry/protocol';
import { checkOptionNames, checkWholeOption, LONGEST_TIMER_MS, withoutValues } from '@tenantry/protocol/internal';
import { createRedisNames, DEFAULT_PREFIX } from '@tenantry/protocol/wire';
import { checkRedisClient, type RedisClient, whenReady, within } from '@tenantry/redis';
import { Queue } from 'bullmq';
import { decodeReply, errorOf, LOADS_QUEUE, type LoadReply, type LoadRequest, replyChannel } from './load-request.ts';
import { openQueueConnection, type QueueConnection } from './queue-connection.ts';

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
export interface WorkerSource extends ConfigSource, AsyncDisposable {
  /** Fails what is still waited for with `CLOSED`, and ends the connections. Idempotent. */
  close(): Promise<void>;
}

interface Batch {
  readonly configKeys: Map<string, number>;
  readonly found: Promise<readonly (LoadedConfig | null)[]>;
}

const TIMEOUT_MS = 2_000;
const SHORTEST_SILENCE_MS = 1_000;

/**
 * Loads configs by way of the workers, for readers without a database: `createClient({ redis, source: workerSource({ redis }) })`.
 * What is asked for in one tick of one tenant is one job. Rejects with `TIMEOUT` where no worker answers in time,
 * `UNAVAILABLE` without Redis, and what went wrong for the worker. Throws `INVALID_OPTION`.
 */
export function workerSource(options: WorkerSourceOptions): WorkerSource {
  checkOptionNames('workerSource', options, ['redis', 'prefix', 'timeoutMs']);
  const { redis, prefix = DEFAULT_PREFIX, timeoutMs = TIMEOUT_MS } = options;
  checkRedisClient(redis);
  createRedisNames(prefix);
  checkWholeOption('timeoutMs', timeoutMs, 1, LONGEST_TIMER_MS);
  let closing: Promise<void> | undefined;
  const replyTo = replyChannel(prefix, randomUUID());
  const open = () => openQueueConnection(redis, () => closing !== undefined, Math.max(timeoutMs, SHORTEST_SILENCE_MS));
  const connection = open();
  let listener: QueueConnection | undefined;
  const queue = new Queue<LoadRequest>(LOADS_QUEUE, {
    connection: connection.redis,
    prefix: `${prefix}:{@bullmq}`,
    streams: { events: { maxLen: 100 } },
  });
  // Told by what each load says.
  queue.on('error', () => undefined);
  const batches = new Map<string, Batch>();
  const waiting = new Map<string, PromiseWithResolvers<LoadReply>>();
  let subscribed: Promise<unknown> | undefined;
  let isChecking = false;

  /** Once for all: ioredis subscribes again by itself. */
  function listening(): Promise<unknown> {
    subscribed ??= listen().catch(error => {
      subscribed = undefined;
      throw error;
    });
    return subscribed;
  }

  async function listen(): Promise<void> {
    listener ??= openListener();
    await whenReady(listener.redis);
    await listener.redis.subscribe(replyTo);
  }

  function openListener(): QueueConnection {
    const opened = open();
    opened.redis.on('message', (_channel: string, text: string) => {
      const reply = decodeReply(text);
      if (reply) waiting.get(reply.id)?.resolve(reply);
    });
    return opened;
  }

  /** A subscriber sends nothing, so one that died without a word is not found out: it is to hear something from us. */
  async function checkListener(): Promise<void> {
    // Said to a lost connection, it would be kept until there is another one.
    if (connection.redis.status !== 'ready') return;
    isChecking = true;
    const id = randomUUID();
    const heard = Promise.withResolvers<LoadReply>();
    heard.promise.catch(() => undefined);
    waiting.set(id, heard);
    try {
      await within(
        timeoutMs,
        'Telling ourselves',
        connection.redis.publish(replyTo, JSON.stringify({ id, found: [] } satisfies LoadReply)),
      );
      const isHeard = await within(timeoutMs, 'Hearing ourselves', heard.promise).then(
        () => true,
        () => false,
      );
      if (isHeard || closing || !listener) return;
      listener.end();
      listener = undefined;
      subscribed = undefined;
    } catch {
      // Redis is away, or the other connection is: nothing is known of this one.
    } finally {
      waiting.delete(id);
      isChecking = false;
    }
  }

  async function ask(tenant: string, configKeys: readonly string[]): Promise<readonly (LoadedConfig | null)[]> {
    if (closing) throw closed();
    const id = randomUUID();
    const answer = Promise.withResolvers<LoadReply>();
    answer.promise.catch(() => undefined);
    waiting.set(id, answer);
    let job: { remove(): Promise<unknown> } | undefined;
    const asking = async () => {
      await Promise.all([listening(), whenReady(connection.redis)]);
      const request = { id, tenant, configKeys, replyTo };
      job = await queue.add('load', request, { removeOnComplete: true, removeOnFail: true });
      return answer.promise;
    };
    try {
      const reply = await within(
        timeoutMs,
        'Asking a worker to load configs',
        Promise.race([asking(), answer.promise]),
      );
      if ('error' in reply) throw errorOf(reply.error);
      return reply.found;
    } catch (error) {
      // Without a worker questions would pile up.
      void job?.remove().catch(() => undefined);
      if (listener && !closing && !isChecking) void checkListener();
      throw withoutValues(error, 'Asking a worker to load configs');
    } finally {
      waiting.delete(id);
    }
  }

  function batchOf(tenant: string): Batch {
    const known = batches.get(tenant);
    if (known) return known;
    const configKeys = new Map<string, number>();
    const found = new Promise<void>(resolve => setImmediate(resolve)).then(() => {
      batches.delete(tenant);
      return ask(tenant, [...configKeys.keys()]);
    });
    const batch = { configKeys, found };
    batches.set(tenant, batch);
    return batch;
  }

  async function stop(): Promise<void> {
    for (const { reject } of waiting.values()) reject(closed());
    await within(1_000, 'Closing the queue', queue.close()).catch(() => undefined);
    connection.end();
    listener?.end();
  }

  const close = () => {
    closing ??= stop();
    return closing;
  };
  return {
    async load(tenant: string, definitions: readonly AnyConfig[]) {
      if (closing) throw closed();
      if (definitions.length === 0) return [];
      const { configKeys, found } = batchOf(tenant);
      for (const { configKey } of definitions)
        if (!configKeys.has(configKey)) configKeys.set(configKey, configKeys.size);
      const all = await found;
      return definitions.map(({ configKey }) => all[configKeys.get(configKey) as number] ?? undefined);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function closed(): TenantryError {
  return new TenantryError('CLOSED', 'This source is closed: nothing can be loaded any more.');
}
