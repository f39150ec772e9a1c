import { type AnyConfig, type ConfigSource, type LoadedConfig, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';

/** Asks the source for one config within its `databaseTimeout`. Throws only a `TenantryError`, without values. */
export async function askSource(
  source: ConfigSource,
  tenant: string,
  config: AnyConfig,
): Promise<LoadedConfig | undefined> {
  const what = `Loading "${config.name}"`;
  // A source may throw instead of rejecting.
  const load = async () => source.load(tenant, [config]);
  try {
    const answer = await within(config.databaseTimeoutMs, what, load());
    if (Array.isArray(answer) && answer.length === 1) return answer[0] as LoadedConfig | undefined;
  } catch (error) {
    throw withoutValues(error, what);
  }
  throw new TenantryError('UNAVAILABLE', `${what}: the source did not answer with one result for one config.`);
}
