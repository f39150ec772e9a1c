import type { MikroORM } from '@mikro-orm/core';
import type { AnyConfig } from '@tenantry/protocol';
import type { RedisClient } from '@tenantry/redis';
import type { AnyOrm } from '../database/any-orm.ts';
import { withinQuery } from '../database/within-query.ts';
import type { DefinitionRegistry } from '../definitions/definition-registry.ts';
import type { Publisher } from './publisher.ts';
import type { UnpublishedChanges } from './unpublished-changes.ts';

/** The row of a config. */
export interface ConfigPlace {
  readonly definition: AnyConfig;
  readonly id: number | string;
}

export type PublishPending = (places: readonly ConfigPlace[]) => Promise<void>;

const EXTENSION_NAME = '@tenantry/mikro-orm/publish-pending';
const PUBLISH_MS = 1_000;

interface PublishPendingParts {
  readonly redis: RedisClient;
  readonly registry: DefinitionRegistry;
  readonly unpublished: UnpublishedChanges;
  readonly publisher: Publisher;
}

/**
 * Brings what changed these configs and is not yet published into Redis, before somebody is told what the database has of them.
 * Alone, it would show half of a transaction to everybody, since a load is kept in Redis:
 *
 *   writer: changes a row and the config  COMMIT                                        publish both
 *   reader:                                        loads the config, fills Redis with it  → beside the old row
 *
 * Never fails, and does not wait for a Redis that is away: nobody is shown anything there.
 */
export function registerPublishPending(orm: MikroORM, parts: () => PublishPendingParts): void {
  const publishPending: PublishPending = async places => {
    const { redis, registry, unpublished, publisher } = parts();
    if (redis.status !== 'ready') return;
    const found = places.map(place => ({ name: registry.config(place.definition)?.name, id: String(place.id) }));
    const known = found.filter((each): each is { name: string; id: string } => each.name !== undefined);
    if (known.length === 0) return;
    const ids = await unpublished.transactionsOf(
      known.map(({ name }) => name),
      known.map(({ id }) => id),
    );
    if (ids.length === 0) return;
    const publish = (signal: AbortSignal) => publisher.publishTransactions(ids, signal);
    await withinQuery(PUBLISH_MS, 'Publishing what was loaded', publish).catch(() => undefined);
  };
  orm.config.registerExtension(EXTENSION_NAME, () => publishPending);
}

/** Undefined for an ORM without the extension. */
export function publishPendingOf(orm: AnyOrm): PublishPending | undefined {
  return orm.config.getExtension(EXTENSION_NAME) as PublishPending | undefined;
}
