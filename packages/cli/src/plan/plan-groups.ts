import { originOf, saysGone } from '@tenantry/loader/folder';
import { parseJson } from '../json/raw-numbers.ts';
import { isSameJson } from '../json/same-json.ts';
import type { Desired } from './desired.ts';
import type { LeftAlone, PlannedGroups } from './plan.ts';
import { isMine, type Ownership } from './read/ownership.ts';
import { GROUPS } from './read/read-scope.ts';
import type { StandingScope } from './read/read-stored.ts';

/** What a scope's groups would become. A group that has values and is not there is made; undefined: nothing is said of groups. */
export function planGroups(
  { scope, groups: standing }: StandingScope,
  desired: readonly Desired[],
  { name, policy, isKept }: Ownership & { isKept(config: string): boolean },
): PlannedGroups | LeftAlone | 'same' | undefined {
  const isGroup = scope.startsWith('groups/');
  const said = desired.find(({ config }) => config === GROUPS);
  // A tenant that nobody has put into a group is in none.
  const before = standing?.groups ?? (isGroup ? undefined : []);
  // Of a file that cannot be read nobody knows what the group is in: it is not made without that.
  if (!said && (!isGroup || desired.length === 0 || before || isKept(GROUPS))) return undefined;
  if (said && before && isSameJson(JSON.stringify(before), said.json)) return 'same';
  // What any loader has taken away is nobody's.
  const isSet = standing?.groups !== undefined && !saysGone(standing.origin);
  const isForeign = isSet && !isMine({ name }, standing.origin);
  if (policy === 'seed' && isSet) return leftAlone('kept');
  if (policy === 'report' && isForeign) return leftAlone('drift');
  return {
    ...{ before, groups: said ? (parseJson(said.json) as readonly string[]) : [], ifVersion: standing?.version ?? 0 },
    origin: said?.source && originOf(name, said.source.path, said.source.sha256),
    place: (said ?? (desired[0] as Desired)).place(),
  };

  function leftAlone(why: LeftAlone['why']): LeftAlone {
    return { scope, config: GROUPS, why, by: standing?.updatedBy };
  }
}
