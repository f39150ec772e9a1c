import type { Api } from '../../connection/api.ts';
import { readMemberships, readValues, type StoredEntry } from '../../plan/read/read-all.ts';
import { readDefinitions } from '../../plan/read/read-definitions.ts';
import { GROUPS, readGroups } from '../../plan/read/read-scope.ts';
import { readSet } from '../../plan/read/read-set.ts';
import { type Difference, differencesOf, type Side } from './difference.ts';

/** What is compared. */
export interface CompareOptions {
  readonly isEffective: boolean;
  readonly hasGroups: boolean;
  readonly configs: readonly string[];
}

/** What a comparison counts on the way. */
export interface Counts {
  uncompared: number;
}

/** One scope of an installation beside one of the same or of another installation. */
export async function* compareScopes(
  [api, scope]: readonly [Api, string],
  [otherApi, otherScope]: readonly [Api, string],
  options: CompareOptions,
  counts: Counts,
): AsyncGenerator<readonly Difference[], void, undefined> {
  const [one, other] = await Promise.all([sidesOf(api, scope, options), sidesOf(otherApi, otherScope, options)]);
  const { differences, uncompared } = differencesOf(scope, one, other);
  counts.uncompared += uncompared;
  if (differences.length > 0) yield differences;
}

async function sidesOf(api: Api, scope: string, { isEffective, hasGroups, configs }: CompareOptions) {
  const isWanted = (config: string) => configs.length === 0 || configs.includes(config);
  const sides = new Map<string, Side>();
  for (const [config, { json, effectiveJson, masked }] of await readSet(api, scope, { isEffective, isWanted }))
    sides.set(config, { json: isEffective ? effectiveJson : json, isSecret: masked });
  const groups = hasGroups && scope !== 'global' ? await readGroups(api, scope) : undefined;
  if (groups) sides.set(GROUPS, { json: JSON.stringify(groups.groups), isSecret: false });
  return sides;
}

/** All scopes of two installations, config by config: what is held is one config of all scopes. */
export async function* compareInstallations(
  api: Api,
  otherApi: Api,
  { hasGroups, configs }: CompareOptions,
  counts: Counts,
): AsyncGenerator<readonly Difference[], void, undefined> {
  const [mine, theirs] = await Promise.all([readDefinitions(api), readDefinitions(otherApi)]);
  const names = [...new Set([...mine.all, ...theirs.all].map(({ name }) => name))].sort();
  for (const name of names.filter(each => configs.length === 0 || configs.includes(each))) {
    const named = [mine.find(name), theirs.find(name)].map(definition =>
      definition?.name === name ? [definition] : [],
    );
    const [one, other] = [readValues(api, named[0] ?? []), readValues(otherApi, named[1] ?? [])];
    yield* compareStreams(await byScope(one), await byScope(other), counts);
  }
  if (hasGroups)
    yield* compareStreams(await byScope(readMemberships(api)), await byScope(readMemberships(otherApi)), counts);
}

async function byScope(entries: AsyncIterable<StoredEntry>): Promise<ReadonlyMap<string, StoredEntry>> {
  const found = new Map<string, StoredEntry>();
  for await (const entry of entries) found.set(entry.scope, entry);
  return found;
}

function* compareStreams(
  one: ReadonlyMap<string, StoredEntry>,
  other: ReadonlyMap<string, StoredEntry>,
  counts: Counts,
): Generator<readonly Difference[]> {
  const side = (entry: StoredEntry | undefined) => new Map<string, Side>(entry ? [[entry.config, entry]] : []);
  for (const scope of [...new Set([...one.keys(), ...other.keys()])].sort()) {
    const { differences, uncompared } = differencesOf(scope, side(one.get(scope)), side(other.get(scope)));
    counts.uncompared += uncompared;
    if (differences.length > 0) yield differences;
  }
}
