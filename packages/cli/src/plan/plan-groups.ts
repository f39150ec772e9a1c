import type { Api } from '../connection/api.ts';
import { parseJson } from '../json/raw-numbers.ts';
import { isSameJson } from '../json/same-json.ts';
import type { Desired } from './desired.ts';
import type { PlannedGroups } from './plan.ts';
import { readMemberships } from './read/read-all.ts';
import { GROUPS, readGroups } from './read/read-scope.ts';

/** So many scopes are sooner read all together. */
const MANY_SCOPES = 200;

/** The groups of every scope, as JSON text, where many are to be compared; undefined: they are few. */
export async function knownMemberships(
  api: Api,
  byScope: ReadonlyMap<string, readonly Desired[]>,
): Promise<ReadonlyMap<string, string> | undefined> {
  const said = [...byScope.values()].flat().filter(({ config }) => config === GROUPS);
  if (said.length <= MANY_SCOPES) return undefined;
  const found = new Map<string, string>();
  for await (const { scope, json } of readMemberships(api)) found.set(scope, json as string);
  return found;
}

/** What a scope's groups would become. A group that has values and is not there is made; undefined: nothing is said of groups. */
export async function planGroups(
  api: Api,
  scope: string,
  desired: readonly Desired[],
  known: string | undefined,
): Promise<PlannedGroups | 'same' | undefined> {
  const said = desired.find(({ config }) => config === GROUPS);
  const isNeeded = scope.startsWith('groups/') && desired.length > 0;
  if (!said && !isNeeded) return undefined;
  if (said && known !== undefined && isSameJson(known, said.json)) return 'same';
  const standing = await readGroups(api, scope);
  if (!said && standing) return undefined;
  const groups = said ? (parseJson(said.json) as readonly string[]) : [];
  if (standing && JSON.stringify(standing.groups) === JSON.stringify(groups)) return 'same';
  const place = (said ?? (desired[0] as Desired)).place();
  return { before: standing?.groups, groups, etag: standing?.etag, place };
}
