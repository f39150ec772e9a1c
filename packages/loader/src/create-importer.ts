import { configStore } from '@tenantry/mikro-orm';
import { Importer } from './apply/importer.ts';
import type { CheckedLoaderOptions, CheckedLoadOnceOptions } from './loader-options.ts';

/** The importer of some options. `NOT_REGISTERED` for an ORM without Tenantry. */
export function createImporter(options: CheckedLoaderOptions | CheckedLoadOnceOptions): Importer {
  const { orm, name: loader, policy, prune, maxPrune, transactions: atOnce, secrets } = options;
  const parts = { orm, store: configStore(orm), actor: options.actor ?? `loader:${loader}`, via: `files ${loader}` };
  return new Importer(parts, { loader, policy, prune, maxPrune, atOnce, secrets });
}
