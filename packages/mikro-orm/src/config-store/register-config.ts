import type { AnyConfig } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import type { ConfigParts } from '../configs/config-parts.ts';

/**
 * Adds a config while the process runs, and publishes all values of it that the database has. If publishing fails, the
 * config stays registered: calling it again publishes again.
 */
export async function registerConfig(parts: ConfigParts, definition: AnyConfig): Promise<void> {
  const { registry, clock, random, publishAll } = parts;
  registry.addConfig(definition, clock, random);
  const replicated = registry.config(definition);
  if (replicated && definition.persistence === 'database')
    await publishAll(replicated).catch(error => {
      throw withoutValues(error, 'Publishing a config that was registered');
    });
}
