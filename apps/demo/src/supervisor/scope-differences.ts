import { isDeepStrictEqual } from 'node:util';
import { refName } from '../definitions/catalogue.ts';
import { inheritedOf } from '../definitions/settings.ts';
import { inherit } from './inherit.ts';
import { type DatabaseState, tenantsOf } from './read-database.ts';
import type { ReplicaEntry } from './read-replica.ts';
import { isScopesName, layerNames } from './read-scopes.ts';
import type { ReaderProcess } from './reader-process.ts';

/** Where Redis does not have what is set in each scope, or a reader not what comes of it; one sentence each. */
export function scopeDifferences(
  state: DatabaseState,
  replica: ReadonlyMap<string, ReplicaEntry>,
  readers: readonly ReaderProcess[],
): string[] {
  const found: string[] = [];
  const rows = layerNames(state.scopes);
  for (const [name, { isAbsent }] of replica)
    if (isScopesName(name) && !isAbsent && !rows.has(name)) found.push(`Redis has ${name}, which never was set`);
  for (const [name, { version, value }] of rows) {
    const there = replica.get(name);
    if (value === undefined && there && !there.isAbsent) found.push(`Redis has ${name}, which is not set`);
    if (value !== undefined && (there?.version !== version || !isDeepStrictEqual(there.value, value)))
      found.push(`Redis has version ${there?.version} of ${name}, the database ${version}`);
  }
  for (const request of inheritedOf(tenantsOf(state))) {
    const name = refName(request);
    const { version, value } = inherit(state.scopes, request.tenant);
    for (const reader of readers) {
      const entry = reader.sightings(name).at(-1)?.entry;
      if (!entry) found.push(`${reader.name} has not said anything about ${name}`);
      else if (entry.stale) found.push(`${reader.name} calls ${name} stale`);
      else if (entry.version !== version || !isDeepStrictEqual(entry.value, value))
        found.push(`${reader.name} has ${JSON.stringify(entry.value)} of ${name}, merged is ${JSON.stringify(value)}`);
    }
  }
  return found;
}

/** Where a reader explains the inherited setting otherwise than the rows do. */
export async function explainedOtherwise(state: DatabaseState, readers: readonly ReaderProcess[]): Promise<string[]> {
  const asked = inheritedOf(tenantsOf(state)).flatMap(request => readers.map(reader => ({ reader, request })));
  const found = await Promise.all(
    asked.map(async ({ reader, request }) => {
      const { value, from } = inherit(state.scopes, request.tenant);
      const explained = await reader.explain(request);
      const isSame = isDeepStrictEqual(explained?.from, from) && isDeepStrictEqual(explained?.value, value);
      return isSame ? [] : [`${reader.name} explains ${refName(request)} by ${JSON.stringify(explained?.from)}`];
    }),
  );
  return found.flat();
}
