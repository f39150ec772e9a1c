import { type AnyConfig, type ConfigSource, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import type { RedisClient } from '@tenantry/redis';
import { LOADS_QUEUE, type LoadReply, type LoadRequest, openQueueConnection } from '@tenantry/worker-source/internal';
import { Worker } from 'bullmq';
import { closeQueue } from './close-queue.ts';

/** What serving loads needs. */
export interface ServeLoadsParts {
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly source: ConfigSource;
  /** The configs that the worker knows, by name. */
  readonly definitions: ReadonlyMap<string, AnyConfig>;
  onError(error: TenantryError): void;
}

/** Loads for readers without a database. */
export interface ServedLoads {
  /** Idempotent. Settles within `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

const CONCURRENCY = 16;

/**
 * Answers the readers that have `workerSource`. The answer is pushed to the one who asked and kept nowhere: a value must
 * not outlive the question in Redis. One that is lost is asked for again.
 */
export function serveLoads(parts: ServeLoadsParts): ServedLoads {
  const { redis, prefix, onError } = parts;
  let closing: Promise<void> | undefined;
  const connection = openQueueConnection(redis, () => closing !== undefined);
  const options = { connection: connection.redis, prefix: `${prefix}:{@bullmq}` };
  // Whether somebody still waits cannot be told by a clock: readers' clocks differ from this one.
  const serve = async ({ data }: { readonly data: LoadRequest }) => {
    await connection.redis.publish(data.replyTo, JSON.stringify(await answer(data, parts)));
  };
  const worker = new Worker<LoadRequest>(LOADS_QUEUE, serve, {
    ...options,
    concurrency: CONCURRENCY,
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
      closing ??= closeQueue({ queue: { close: async () => undefined }, worker, connection }, timeoutMs);
      return closing;
    },
  };
}

async function answer(request: LoadRequest, { source, definitions }: ServeLoadsParts): Promise<LoadReply> {
  const { id, tenant, configKeys } = request;
  try {
    const byKey = new Map([...definitions.values()].map(definition => [definition.configKey, definition]));
    const asked = configKeys.map(key => byKey.get(key) ?? unknown(key));
    const found = await source.load(tenant, asked);
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
