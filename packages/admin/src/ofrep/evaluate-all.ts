import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import type { Entry } from '@tenantry/sdk';
import { type FlagTenant, fieldPaths, findFlag } from '@tenantry/sdk/flags';
import { answerOf, failedFlag, type Telling } from './answers.ts';

/** The flags of a tenant, each as text of JSON. */
export interface BulkAnswer {
  readonly texts: readonly string[];
}

/**
 * Evaluates these configs and the fields of their values: a browser has no other flags than those of this answer. Rejects where none could be read
 * and it is worth to ask again: so a browser goes on with those that it has.
 */
export async function evaluateAll(
  tenant: FlagTenant,
  configs: readonly AnyConfig[],
  definitions: ReadonlyMap<string, AnyConfig>,
  { isDisabled }: Pick<Telling, 'isDisabled'>,
  report: (error: unknown) => void,
): Promise<BulkAnswer> {
  const read = await Promise.allSettled(configs.map(config => tenant.client.entry(config)));
  const [first] = read;
  if (first?.status === 'rejected' && read.every(isWorthAsking)) throw first.reason;
  const texts = read.flatMap((result, i) => {
    const { name } = configs[i] as AnyConfig;
    if (result.status === 'rejected') return failedFlag(name, result.reason).text;
    const entry: Entry<unknown> = result.value;
    const keys = [name, ...fieldPaths(entry.value).map(path => `${name}.${path.join('.')}`)];
    return keys.flatMap(key => {
      const flag = findFlag(definitions, key);
      // The key of a field may be the name of another config.
      if (flag?.config.name !== name) return [];
      try {
        return answerOf(entry, tenant, flag, key, { isDisabled, isKept: true }).text;
      } catch (error) {
        if (!(error instanceof TenantryError)) report(error);
        return failedFlag(key, error).text;
      }
    });
  });
  return { texts };
}

function isWorthAsking(result: PromiseSettledResult<unknown>): boolean {
  return result.status === 'rejected' && result.reason instanceof TenantryError && result.reason.retryable;
}
