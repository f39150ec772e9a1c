import { type AnyConfig, type ConfigSource, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { checkAnswer, type SourceAnswer } from './check-answer.ts';

/** `value`: the answer is the value. `intoRedis`: a source that can do so may put the value into Redis instead. */
export type LoadWay = 'value' | 'intoRedis';

/** Asks the source for one config; its caller sees to the time that may take. Throws only a `TenantryError`, without values. */
export async function askSource(
  source: ConfigSource,
  way: LoadWay,
  tenant: string,
  config: AnyConfig,
): Promise<SourceAnswer> {
  const what = `Loading "${config.name}"`;
  // A source may throw instead of rejecting.
  const load = async () =>
    way === 'intoRedis' && source.loadIntoRedis
      ? source.loadIntoRedis(tenant, [config])
      : source.load(tenant, [config]);
  try {
    const answer = await load();
    if (Array.isArray(answer) && answer.length === 1) return checkAnswer(config, answer[0]);
  } catch (error) {
    throw withoutValues(error, what);
  }
  throw new TenantryError('UNAVAILABLE', `${what}: the source did not answer with one result for one config.`);
}
