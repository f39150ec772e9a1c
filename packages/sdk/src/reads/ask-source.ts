import { type AnyConfig, type ConfigSource, type LoadedConfig, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';

/** Asks for one config within its `databaseTimeout`. Whatever the source does, it is an answer or a `TenantryError` without values. */
export async function askSource(
  source: ConfigSource,
  tenant: string,
  config: AnyConfig,
): Promise<LoadedConfig | undefined> {
  const what = `Loading "${config.name}"`;
  // A source that throws instead of rejecting is one that failed.
  const load = async () => source.load(tenant, [config]);
  try {
    const answer = await within(config.databaseTimeoutMs, what, load());
    if (Array.isArray(answer) && answer.length === 1) return answer[0] as LoadedConfig | undefined;
  } catch (error) {
    throw withoutValues(error, what);
  }
  throw new TenantryError('UNAVAILABLE', `${what}: the source did not answer with one result for one config.`);
}
