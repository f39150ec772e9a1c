import type { AnswerOf } from '@tenantry/admin-api';
import { atMost } from '@tenantry/protocol/internal';
import type { Api } from '../../connection/api.ts';
import { readScope } from './read-scope.ts';

/** A config of a scope, as the server answers it. */
export type ConfigRecord = AnswerOf<'configs.get'>;

const AT_ONCE = 8;

/** The configs that a scope sets itself, by name; `isEffective`: also those that it inherits, or has by default. */
export async function readSet(
  api: Api,
  scope: string,
  { isEffective = false, isWanted = (_config: string): boolean => true } = {},
): Promise<ReadonlyMap<string, ConfigRecord>> {
  const standing = [...(await readScope(api, scope))].filter(
    ([name, { isSet }]) => (isSet || isEffective) && isWanted(name),
  );
  const records = await atMost(AT_ONCE, standing, async ([config]) => {
    const { answer } = await api.call('configs.get', { names: { scope, config } });
    return [config, answer] as const;
  });
  return new Map(records);
}
