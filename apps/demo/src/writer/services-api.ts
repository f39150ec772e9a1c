import type { MikroORM } from '@mikro-orm/core';
import { configStore, type WriteEntry } from '@tenantry/mikro-orm';
import { PLATFORM, type ServiceConfigs, serviceConfigs } from '../definitions/service-configs.ts';

/** Sets what the services are made of, in one transaction. */
export async function writeServiceConfigs(orm: MikroORM, values: ServiceConfigs): Promise<void> {
  const entries = Object.entries(values).map(
    ([name, value]) => [serviceConfigs[name as keyof ServiceConfigs], value] as WriteEntry,
  );
  await configStore(orm).tenant(PLATFORM).setMany(entries);
}
