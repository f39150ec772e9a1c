import type { Api } from '../../connection/api.ts';
import { Failure } from '../../failures/failure.ts';
import type { ServerDefinition } from './read-definitions.ts';
import { GROUPS } from './read-scope.ts';

/** One config that a scope sets, or its groups. */
export interface StoredEntry {
  readonly scope: string;
  readonly config: string;
  /** 0 for groups, which have an ETag. */
  readonly version: number;
  /** JSON text; of a secret masked. Undefined: the caller may not view it. */
  readonly json: string | undefined;
  readonly isSecret: boolean;
  /** When the value ends, in ms since 1970; undefined: never. */
  readonly expiresAt?: number | undefined;
}

/** Every value of these configs that is set in any scope, as it comes. A config of which the caller may view nothing is told to `onHidden`, or thrown. */
export async function* readValues(
  api: Api,
  definitions: readonly ServerDefinition[],
  onHidden?: (config: string) => void,
): AsyncGenerator<StoredEntry, void, undefined> {
  for (const { name, secret } of definitions)
    try {
      for await (const page of api.pages('configs.matrix', { names: { config: name }, query: { state: 'set' } }))
        for (const { scope, version, json, expiresAt } of page)
          yield { scope, config: name, version, json, isSecret: secret, expiresAt };
    } catch (error) {
      const isHidden = error instanceof Failure && (error.status === 403 || error.status === 404);
      if (!isHidden || !onHidden) throw error;
      onHidden(name);
    }
}

/** The groups of all groups, and of the tenants that are in any. */
export async function* readMemberships(api: Api): AsyncGenerator<StoredEntry, void, undefined> {
  const entry = (scope: string, groups: readonly string[]) => ({
    ...{ scope, config: GROUPS, version: 0, json: JSON.stringify(groups), isSecret: false },
  });
  for await (const page of api.pages('groups.list'))
    for (const { name, groups } of page) yield entry(`groups/${name}`, groups);
  for await (const page of api.pages('tenants.list'))
    for (const { id, groups } of page) if (groups.length > 0) yield entry(`tenants/${id}`, groups);
}
