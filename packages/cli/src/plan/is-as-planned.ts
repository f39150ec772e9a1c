import type { Api } from '../connection/api.ts';
import { isSameJson } from '../json/same-json.ts';
import type { PlannedChange, PlannedScope } from './plan.ts';
import { readStored, type Standing } from './read/read-stored.ts';

/** Whether a scope is as the plan would have it: somebody has applied the plan before. */
export async function isAsPlanned(api: Api, { scope, changes, groups }: PlannedScope): Promise<boolean> {
  const wanted = { scopes: [scope], configs: changes.map(({ config }) => config) };
  const [standing] = await readStored(api, wanted, each => each);
  if (!standing) return false;
  const areGroups =
    !groups || isSameJson(JSON.stringify(standing.groups?.groups ?? null), JSON.stringify(groups.groups));
  return areGroups && changes.every(change => isChanged(change, standing.configs.get(change.config)));
}

function isChanged(change: PlannedChange, standing: Standing = { version: 0, isSet: false }): boolean {
  if (change.op === 'unset') return !standing.isSet;
  // Nobody sees a secret: it is known by its file, where nobody has written since.
  if (change.isSecret)
    return (
      change.origin !== undefined && standing.origin === change.origin && standing.version === change.ifVersion + 1
    );
  return standing.json !== undefined && isSameJson(standing.json, change.json as string);
}
