import type { MetadataStorage, MikroORM } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { DEFAULT_PREFIX } from '@tenantry/protocol/wire';
import { AUDIT_LOG_NAME } from './audit-log/audit-log.ts';
import { HookSubscriber } from './capture/hooks/hook-subscriber.ts';
import { installTriggers } from './capture/triggers/install-triggers.ts';
import { hideForeignTriggers } from './capture/triggers/trigger-name.ts';
import { TriggerSubscriber } from './capture/triggers/trigger-subscriber.ts';
import { CONFIG_STORE_NAME } from './config-store/config-store.ts';
import { createWriteSide, type WriteSide } from './create-write-side.ts';
import { checkVersions } from './database/check-versions.ts';
import { dialectOf } from './database/dialect.ts';
import { type CheckedSync, DefinitionRegistry, type SyncEntry } from './definitions/definition-registry.ts';
import { GRANTS_EXTENSION } from './grants/grants.ts';
import { redisFor } from './own-redis.ts';
import { registerPublishPending } from './publish/publish-pending.ts';
import { registerRedisClock } from './publish/redis-clock-of.ts';
import { EXTENSION_NAME } from './replication.ts';
import { adaptTables } from './tables/adapt-tables.ts';
import { allowNoEntities, BRINGS_ENTITIES } from './tables/allow-no-entities.ts';
import { Audit } from './tables/audit.ts';
import { Config, ConfigRevision } from './tables/config-tables.ts';
import { GrantTable } from './tables/grant.ts';
import { Outbox } from './tables/outbox.ts';
import { ReplicaState } from './tables/replica-state.ts';
import { skipTables } from './tables/skip-tables.ts';
import { checkTenantryOptions, type TenantryOptions } from './tenantry-options.ts';
import { WRITE_BACK_NAME } from './write-back/write-back.ts';

/** A MikroORM extension. */
export interface TenantryExtension {
  register(orm: MikroORM): void;
}

/**
 * Replicates entities to Redis: `MikroORM.init({ entities, extensions: [tenantry({ redis, sync: [[PlanSettings, planSettings]] })] })`.
 * Every committed change of a listed entity becomes visible to readers; a rolled-back one never does. The outbox
 * table comes with it, through the application's own schema generator or migrations.
 */
export function tenantry<const Entries extends readonly SyncEntry[]>(
  given: TenantryOptions & { readonly sync?: CheckedSync<Entries> },
): TenantryExtension {
  checkTenantryOptions(given);
  const options = given.admin ? { ...given, configs: given.configs ?? [] } : given;
  if (!options.sync?.length) allowNoEntities();
  const extension: TenantryExtension & { readonly [BRINGS_ENTITIES]: true } = {
    [BRINGS_ENTITIES]: true,
    register(orm) {
      if (orm.config.get('disableTransactions'))
        throw new TenantryError(
          'NOT_ATOMIC',
          'The ORM has `disableTransactions`: a change and its outbox row could not be written together. Enable transactions.',
        );
      let writeSide: WriteSide | undefined;
      const subscriber =
        options.capture === 'trigger'
          ? new TriggerSubscriber(() => started().captureContext)
          : new HookSubscriber(() => started().captureContext);
      const started = () => {
        if (writeSide) return writeSide;
        throw new TenantryError('NOT_REGISTERED', "The ORM's entities are not discovered yet.");
      };
      const prefix = options.prefix ?? DEFAULT_PREFIX;
      const addTriggers = (registry: DefinitionRegistry, storage: MetadataStorage) =>
        options.capture === 'trigger' ? installTriggers(orm, registry.entities(), storage, prefix) : [];
      hideForeignTriggers(orm, prefix);
      // An entity that is discovered again gets other metadata.
      const discoverEntity = orm.discoverEntity.bind(orm);
      orm.discoverEntity = (...args: Parameters<MikroORM['discoverEntity']>) => {
        discoverEntity(...args);
        addTriggers(new DefinitionRegistry(options.sync ?? [], orm.getMetadata()), orm.getMetadata());
      };
      const discovery = orm.config.get('discovery');
      const { onMetadata, afterDiscovered } = discovery;
      const hasAdmin = options.admin === true;
      const tables = [Outbox, Config, ConfigRevision, ReplicaState, ...(hasAdmin ? [GrantTable, Audit] : [])];
      skipTables(orm, { configs: options.configs !== undefined, admin: hasAdmin });
      orm.config.set('entities', [...orm.config.get('entities'), ...tables]);
      // Under TypeScript these are discovered in place of the others, where there are any.
      const underTypeScript = orm.config.get('entitiesTs');
      if (underTypeScript.length > 0) orm.config.set('entitiesTs', [...underTypeScript, ...tables]);
      orm.config.set('subscribers', [...orm.config.get('subscribers'), subscriber]);
      orm.config.set('discovery', {
        ...discovery,
        onMetadata(meta, platform) {
          adaptTables(meta, dialectOf(orm));
          return onMetadata?.(meta, platform);
        },
        afterDiscovered(storage, platform) {
          const unknown = checkVersions(orm);
          if (unknown) orm.config.getLogger().warn('discovery', `tenantry: ${unknown}`);
          const registry = new DefinitionRegistry(options.sync ?? [], storage);
          const triggers = addTriggers(registry, storage);
          const redis = redisFor(orm, options.redis, () => started().replication);
          writeSide = createWriteSide({ orm, registry, capture: subscriber, triggers }, { ...options, redis });
          return afterDiscovered?.(storage, platform);
        },
      });
      orm.config.registerExtension(EXTENSION_NAME, () => started().replication);
      orm.config.registerExtension(CONFIG_STORE_NAME, () => started().configs.store);
      orm.config.registerExtension(WRITE_BACK_NAME, () => started().configs.writeBack);
      if (hasAdmin) {
        orm.config.registerExtension(AUDIT_LOG_NAME, () => started().admin?.auditLog);
        orm.config.registerExtension(GRANTS_EXTENSION, () => started().admin?.grants);
      }
      registerPublishPending(orm, () => started().loads);
      registerRedisClock(orm, () => started().redisClock);
    },
  };
  return extension;
}
