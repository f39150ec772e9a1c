import type { EventSubscriber, FlushEventArgs, TransactionEventArgs } from '@mikro-orm/core';
import type { Redis } from 'ioredis';
import { Bare, type SettingsRow } from './benched-app.ts';

type Pending = Map<SettingsRow, 'set' | 'delete'>;

/**
 * What most teams write first: after the commit each changed row is SET as JSON under its three keys, in one pipeline. A crash or a
 * Redis that is away between the two loses the change for good, two flushes may arrive in either order, and a key that
 * a row leaves stays.
 */
export class HandWrittenSync implements EventSubscriber {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #pending = new WeakMap<object, Pending>();

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  onFlush({ em, uow }: FlushEventArgs): void {
    const pending = this.#pending.get(em) ?? new Map();
    for (const { entity, type, meta } of uow.getChangeSets())
      if (meta.class === Bare.meta.class) pending.set(entity, type.startsWith('delete') ? 'delete' : 'set');
    this.#pending.set(em, pending);
  }

  async afterTransactionCommit({ em }: TransactionEventArgs): Promise<void> {
    const pending = this.#pending.get(em) ?? new Map();
    this.#pending.delete(em);
    if (pending.size === 0) return;
    const pipeline = this.#redis.pipeline();
    for (const [row, op] of pending) {
      const json = JSON.stringify(row);
      for (const key of keysOf(row, this.#prefix)) op === 'set' ? pipeline.set(key, json) : pipeline.del(key);
    }
    await pipeline.exec();
  }
}

/** The three keys of a row. */
export function keysOf({ id, slug, tenantId }: SettingsRow, prefix: string): string[] {
  const base = `${prefix}:${tenantId}`;
  return [`${base}:id:${id}`, `${base}:slug:${slug}`, `${base}:id-slug:${id}:${slug}`];
}
