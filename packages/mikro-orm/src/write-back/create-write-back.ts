import { withoutValues } from '@tenantry/protocol/internal';
import { createConfigWrites, DirtyConfigs, whenReady } from '@tenantry/redis';
import type { ConfigParts } from '../configs/config-parts.ts';
import { DeadLetters } from './dead-letters.ts';
import { Flusher } from './flusher.ts';
import { RedisReader } from './redis-reader.ts';
import { RedisWriter } from './redis-writer.ts';
import type { WriteBack } from './write-back.ts';

/** The write-back as the config store uses it: what `WriteBack` shows to operators, and the store's own half. */
export interface WriteBackParts {
  readonly writeBack: WriteBack;
  readonly flusher: Flusher;
  readonly reader: RedisReader;
  readonly writer: RedisWriter;
}

/** The one place that puts the write-back together. */
export function createWriteBack(parts: ConfigParts): WriteBackParts {
  const { redis, replica, clock } = parts;
  const { names, feedLength } = replica;
  const writes = createConfigWrites({ names, feedLength });
  const dirty = new DirtyConfigs({ redis, names, feedLength });
  const flusher = new Flusher(parts, dirty);
  const reader = new RedisReader(parts, writes);
  const writer = new RedisWriter(parts, { writes, dirty, reader, flusher });
  const letters = new DeadLetters(parts, dirty);
  const looking = <T>(work: () => Promise<T>): Promise<T> =>
    whenReady(redis)
      .then(work)
      .catch(error => Promise.reject(withoutValues(error, 'Looking for write-backs')));
  const writeBack: WriteBack = {
    flush: tenant => flusher.flush(tenant),
    dirtyTenants: ({ limit = 1_000, unflushedMs = 0 } = {}) =>
      looking(() => dirty.hinted(limit, unflushedMs > 0 ? clock() - unflushedMs : undefined)),
    findDirtyTenants: () => looking(() => hintAll(dirty, clock)),
    waiting: () => looking(() => dirty.waiting()),
    dirtyCount: tenant => looking(() => dirty.count(tenant)),
    deadLetters: limit => letters.list(limit),
    retryDeadLetters: ids => letters.retry(ids),
    discardDeadLetters: ids => letters.discard(ids),
    close: () => writer.close(),
  };
  return { writeBack, flusher, reader, writer };
}

async function hintAll(dirty: DirtyConfigs, clock: () => number): Promise<number> {
  let found = 0;
  for await (const tenants of dirty.tenants('dirty')) {
    for (const tenant of tenants) await dirty.hint(tenant, clock());
    found += tenants.length;
  }
  return found;
}
