import { type AnyConfig, type ConfigSource, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import type { Loads, RedisClient } from '@tenantry/redis';
import { LOADS_QUEUE, type LoadReply, type LoadRequest, openQueueConnection } from '@tenantry/worker-source/internal';
import { closeQueue } from './close-queue.ts';
import { QueueWorker } from './queue-worker.ts';
import { SharedLoads } from './shared-loads.ts';

/** What serving loads needs. */
export interface ServeLoadsParts {
  /** The Redis of the queues. */
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly source: ConfigSource;
  /** The Redis of the tenants' values. */
  readonly loads: Pick<Loads, 'keepLoaded'>;
  /** ms since 1970 by the clock of Redis. */
  now(): number;
  /** The configs that the worker knows, by name. */
  readonly definitions: ReadonlyMap<string, AnyConfig>;
  onError(error: TenantryError): void;
}

/** Loads for readers without a database. */
export interface ServedLoads {
  /** Idempotent. Settles within `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

const MOST_AT_ONCE = 16;

/**
 * Answers the readers that have `workerSource`. A value goes into Redis under its tenant's names, or to the one reader that asked; no queue
 * keeps it. An answer that is lost is asked for again.
 */
export function serveLoads(parts: ServeLoadsParts): ServedLoads {
  const { redis, prefix, onError } = parts;
  let closing: Promise<void> | undefined;
  const connection = openQueueConnection(redis, () => closing !== undefined);
  const shared = new SharedLoads(parts);
  const answering = new Set<Promise<void>>();

  // The reader's patience is not looked at: its clock differs from the clock of this process.
  async function answer(request: LoadRequest): Promise<void> {
    try {
      const reply = await replyTo(request, parts, shared);
      await connection.redis.publish(request.replyTo, JSON.stringify(reply));
    } catch (error) {
      if (!closing) onError(withoutValues(error, 'Answering a load'));
    }
  }

  // A job ends at once, so that one at a time is enough: several at a time cost BullMQ three more commands for each. A load that dies with
  // this process is asked for again by its reader.
  async function take({ data }: { readonly data: LoadRequest }): Promise<void> {
    while (answering.size >= MOST_AT_ONCE) await Promise.race(answering);
    const answered = answer(data).finally(() => answering.delete(answered));
    answering.add(answered);
  }

  const worker = new QueueWorker<LoadRequest>(LOADS_QUEUE, take, {
    connection: connection.redis,
    prefix: `${prefix}:{@bullmq}`,
    runRetryDelay: 1_000,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  const report = (error: Error & { code?: string }) => {
    if (!closing)
      onError(new TenantryError('UNAVAILABLE', `BullMQ has trouble: ${error.message || error.code || error.name}.`));
  };
  worker.on('error', report);
  worker.on('failed', (_job, error) => closing || onError(withoutValues(error, 'Answering a load')));
  return {
    close(timeoutMs) {
      const queue = { close: async () => void (await Promise.all(answering)) };
      closing ??= closeQueue({ queue, worker, connection }, timeoutMs);
      return closing;
    },
  };
}

async function replyTo(request: LoadRequest, parts: ServeLoadsParts, shared: SharedLoads): Promise<LoadReply> {
  const { id, tenant, configKeys, intoRedis = false } = request;
  const { source, definitions } = parts;
  try {
    const byKey = new Map([...definitions.values()].map(definition => [definition.configKey, definition]));
    const asked = configKeys.map(key => byKey.get(key) ?? unknown(key));
    const found = await (intoRedis ? shared : source).load(tenant, asked);
    return { id, found: found.map(each => each ?? null) };
  } catch (cause) {
    const { code, message } = withoutValues(cause, 'Loading configs');
    return { id, error: { code, message } };
  }
}

function unknown(configKey: string): never {
  throw new TenantryError(
    'NOT_REGISTERED',
    `The worker does not know the config "${configKey}": give its ORM's \`tenantry\` extension the definition, too.`,
  );
}
