import { TenantryError } from '@tenantry/protocol';
import { isCluster, type RedisClient } from './redis-client.ts';
import { whenReadyBeside } from './when-ready-beside.ts';
import { WriteConnection } from './write-connection.ts';

/** What a write waits for beyond Redis's memory. */
export interface Requirement {
  readonly fsync: boolean;
  /** Replicas that must have it; 0: none. */
  readonly replicas: number;
}

/** A write, and later whether it is as safe as was asked. */
export interface DurableWrite<T> {
  readonly written: Promise<T>;
  readonly confirmed: Promise<boolean>;
}

interface Waiting {
  readonly requirement: Requirement;
  readonly budgetMs: number;
  /** Never rejects; false where nothing was written. */
  write(ready: Promise<RedisClient>): Promise<boolean>;
  confirm(confirmed: boolean): void;
}

/**
 * Writes on one connection, followed by WAIT or WAITAOF there: those speak of what their own connection wrote. They block it,
 * so what arrives meanwhile is written together and waited for together.
 */
export class DurableWrites {
  readonly #redis: RedisClient;
  readonly #connection: WriteConnection;
  #queue: Waiting[] = [];
  #running = false;
  /** Whether Redis syncs before it answers: then there is nothing to wait for. */
  #syncsAlways = false;

  constructor(redis: RedisClient) {
    this.#redis = redis;
    this.#connection = new WriteConnection(redis);
  }

  /** `INVALID_OPTION` where this Redis cannot give what is asked. */
  async check({ fsync, replicas }: Requirement): Promise<void> {
    const redis = this.#redis;
    if (isCluster(redis) && (fsync || replicas > 0))
      throw refused('a Redis Cluster does not tell through this connection which of its nodes has it');
    if (fsync) this.#syncsAlways = await syncsAlways(redis);
    if (replicas > 0) {
      const connected = Number(/^connected_slaves:(\d+)/m.exec(await redis.info('replication'))?.[1] ?? 0);
      if (connected < replicas) throw refused(`${replicas} replicas are asked for, and ${connected} are connected`);
    }
  }

  /** What answers anything but `written` has nothing to wait for. */
  write<T extends { readonly kind: string }>(
    requirement: Requirement,
    budgetMs: number,
    work: (redis: RedisClient) => Promise<T>,
  ): DurableWrite<T> {
    const written = Promise.withResolvers<T>();
    const confirmed = Promise.withResolvers<boolean>();
    const endsAt = performance.now() + budgetMs;
    const send = (connection: RedisClient) => {
      // Its caller has given up; written now, it could replace what others have written since.
      if (performance.now() > endsAt)
        throw new TenantryError(
          'TIMEOUT',
          `Redis did not confirm earlier writes within ${budgetMs} ms: nothing was written.`,
        );
      return work(connection);
    };
    this.#queue.push({
      requirement,
      budgetMs,
      write: ready =>
        ready.then(send).then(
          result => {
            written.resolve(result);
            return result.kind === 'written';
          },
          error => {
            written.reject(error);
            return false;
          },
        ),
      confirm: confirmed.resolve,
    });
    if (!this.#running) void this.#run();
    return { written: written.promise, confirmed: confirmed.promise };
  }

  close(): void {
    this.#connection.close();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      const connection = this.#connection.open();
      this.#queue = [];
      const ready = whenReadyBeside(this.#redis, connection).then(() => connection);
      const wrote = await Promise.all(batch.map(each => each.write(ready)));
      await this.#confirm(
        connection,
        batch.filter((_, i) => wrote[i]),
      );
    }
    this.#running = false;
  }

  async #confirm(connection: RedisClient, batch: readonly Waiting[]): Promise<void> {
    const groups = Map.groupBy(batch, ({ requirement: { fsync, replicas } }) => `${fsync} ${replicas}`);
    for (const group of groups.values()) {
      const [{ requirement }] = group as [Waiting, ...Waiting[]];
      const budgetMs = Math.max(...group.map(each => each.budgetMs));
      const confirmed = await this.#wait(connection, requirement, budgetMs).catch(() => false);
      for (const each of group) each.confirm(confirmed);
    }
  }

  async #wait(connection: RedisClient, { fsync, replicas }: Requirement, budgetMs: number): Promise<boolean> {
    if (fsync && !this.#syncsAlways) {
      const [local] = (await connection.call('WAITAOF', 1, 0, budgetMs)) as [number, number];
      if (local < 1) return false;
    }
    return replicas === 0 || (await connection.wait(replicas, budgetMs)) >= replicas;
  }
}

/** True where every answer comes after the sync; false where WAITAOF can tell. Neither: `INVALID_OPTION`. */
async function syncsAlways(redis: RedisClient): Promise<boolean> {
  const setting = async (name: string) => {
    const found = (await redis.call('CONFIG', 'GET', name)) as string[] | Readonly<Record<string, string>>;
    // A map with `replyMapping: 'resp3'`.
    return Array.isArray(found) ? found[1] : found[name];
  };
  const settings = await Promise.all([setting('appendonly'), setting('appendfsync')]).catch(() => {
    throw refused('this Redis does not tell how it writes its append-only file');
  });
  if (settings[0] !== 'yes') throw refused('this Redis keeps no append-only file (`appendonly yes`)');
  if (settings[1] === 'always') return true;
  const [command] = (await redis.call('COMMAND', 'INFO', 'WAITAOF')) as unknown[];
  if (!command)
    throw refused('before Redis 7.2 nothing tells when it has synced: `appendfsync always`, or a newer Redis');
  return false;
}

function refused(why: string): TenantryError {
  return new TenantryError(
    'INVALID_OPTION',
    `The \`durability\` of this config cannot be had: ${why}. Nothing was written.`,
  );
}
