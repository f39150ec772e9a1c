import type { MikroORM } from '@mikro-orm/core';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { createConfigWrites, DirtyConfigs, whenReady } from '@tenantry/redis';
import type { ConfigChange } from '../configs/config-change.ts';
import type { ConfigParts } from '../configs/config-parts.ts';
import { createDeadLetters, type DeadLetter } from './dead-letters.ts';
import { createFlusher, type FlushResult } from './flusher.ts';
import { createRedisWriter } from './redis-writer.ts';

/** What Redis has of a config before the database does, or instead of it. */
export interface DirtyConfig {
  readonly version: number;
  /** Undefined: it was unset. */
  readonly json: string | undefined;
  readonly updatedAt: number;
  readonly updatedBy: string | null;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  /** False with `persistence: 'none'`. */
  readonly dirty: boolean;
}

/** What became of one change. */
export interface RedisWrite {
  readonly version: number;
  /** False: the database does not have it yet. */
  readonly persisted: boolean;
}

/** Configs that are written to Redis first: write-back, and `persistence: 'none'`. */
export interface WriteBack {
  /**
   * All in one step, visible at once, within the longest `cacheTimeout` of the configs. Throws the typed error of the first
   * change that may not be made, and `QUOTA_EXCEEDED` where too many would be set; nothing is written then. After a `TIMEOUT` it may have been written, after `NOT_DURABLE`
   * it was.
   */
  write(tenant: string, changes: readonly ConfigChange[]): Promise<readonly RedisWrite[]>;
  /** What Redis has of these, by the configs' names: dirty values and, with `persistence: 'none'`, the value. */
  present(tenant: string, definitions: readonly AnyConfig[]): Promise<ReadonlyMap<string, DirtyConfig>>;
  /** Before somebody writes these configs in the database: what was acknowledged earlier comes first. Goes on without Redis. */
  flushBefore(tenant: string, definitions: readonly AnyConfig[]): Promise<void>;
  /** Brings everything dirty into the database, of one tenant or of all. Rejects with `UNAVAILABLE` or `TIMEOUT`; what was not flushed stays dirty. */
  flush(tenant?: string): Promise<FlushResult>;
  /** Tenants that are known to have something dirty and were not flushed for so long, the longest waiting first. A hint: `flush()` finds all. */
  dirtyTenants(options?: { readonly limit?: number; readonly unflushedMs?: number }): Promise<readonly string[]>;
  /** Searches all of Redis for tenants with something dirty, so that `dirtyTenants` knows them; answers how many. */
  findDirtyTenants(): Promise<number>;
  /** How many configs of a tenant are dirty. */
  dirtyCount(tenant: string): Promise<number>;
  /** Writes that the database refused: at most `limit` (default 100). */
  deadLetters(limit?: number): Promise<DeadLetter[]>;
  /** Gives dead letters to the next flush; all of them without ids. Answers how many: those with newer writes are forgotten instead. */
  retryDeadLetters(ids?: readonly string[]): Promise<number>;
  /** Gives them up: readers get again what the database has. Answers how many. */
  discardDeadLetters(ids?: readonly string[]): Promise<number>;
  /** Closes the connections of its own; they keep no process alive and end with the application's. */
  close(): void;
}

/** The name under which the write-back is kept in the ORM's configuration. */
export const WRITE_BACK_NAME = '@tenantry/mikro-orm/write-back';

/** The write-back of an ORM that was started with the `tenantry` extension, for workers and operators; `NOT_REGISTERED` without it. */
export function writeBack(orm: MikroORM): WriteBack {
  const found = orm.config.getExtension(WRITE_BACK_NAME) as WriteBack | undefined;
  if (found) return found;
  throw new TenantryError(
    'NOT_REGISTERED',
    'This ORM was started without Tenantry: add `extensions: [tenantry({ redis, configs })]` to its options.',
  );
}

/** The one place that puts the write-back together. */
export function createWriteBack(parts: ConfigParts): WriteBack {
  const { redis, replica, clock } = parts;
  const { names, feedLength } = replica;
  const writes = createConfigWrites({ names, feedLength });
  const dirty = new DirtyConfigs({ redis, names, feedLength });
  const flusher = createFlusher(parts, dirty);
  const writer = createRedisWriter(parts, writes, dirty, flusher.flushBefore);
  const letters = createDeadLetters(parts, dirty);
  const bounded = <T>(work: () => Promise<T>): Promise<T> =>
    whenReady(redis)
      .then(work)
      .catch(error => Promise.reject(withoutValues(error, 'Looking for write-backs')));

  async function findDirty(): Promise<number> {
    const found = new Set<string>();
    for await (const tenants of dirty.tenants('dirty')) {
      for (const tenant of tenants) {
        found.add(tenant);
        await dirty.hint(tenant, clock());
      }
    }
    return found.size;
  }

  return {
    write: writer.write,
    present: writer.present,
    flushBefore: flusher.flushBefore,
    flush: flusher.flush,
    dirtyTenants: ({ limit = 1_000, unflushedMs = 0 } = {}) =>
      bounded(() => dirty.hinted(limit, unflushedMs > 0 ? clock() - unflushedMs : undefined)),
    findDirtyTenants: () => bounded(findDirty),
    dirtyCount: tenant => bounded(() => dirty.count(tenant)),
    deadLetters: letters.list,
    retryDeadLetters: letters.retry,
    discardDeadLetters: letters.discard,
    close: writer.close,
  };
}
