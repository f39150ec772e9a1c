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
    throw isAborted(error) ? aborted(what) : withoutValues(error, what);
  }
  throw new TenantryError('UNAVAILABLE', `${what}: the source did not answer with one result for one config.`);
}

function isAborted(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Whoever ended the call has ended it: that says nothing of the source. */
function aborted(what: string): TenantryError {
  return new TenantryError('UNAVAILABLE', `${what} was aborted; it is tried again.`, {
    // Not the error itself, which may hold anything.
    cause: new DOMException('aborted', 'AbortError'),
  });
}
