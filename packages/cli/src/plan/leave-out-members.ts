import type { Api } from '../connection/api.ts';
import type { PlannedScope, PlanProblem } from './plan.ts';
import { readStored } from './read/read-stored.ts';

/** What is planned once the groups that will not be there are known. */
interface WithoutGroups {
  readonly problems: readonly PlanProblem[];
  readonly fitting: readonly PlannedScope[];
}

/**
 * Leaves out what needs a group that is not there and is not made: the scopes that would come into it, and what would be set in it. The server would refuse
 * them. A group that is left out so is not made either, and takes those with it that would come into it.
 */
export async function leaveOutMembers(api: Api, scopes: readonly PlannedScope[]): Promise<WithoutGroups> {
  const made = new Set(scopes.filter(isNew).map(({ scope }) => scope));
  const named = new Set(scopes.flatMap(neededBy).filter(group => !made.has(group)));
  const missing = await missingOf(api, [...named]);
  const problems: PlanProblem[] = [];
  let fitting = scopes;
  for (let before = -1; problems.length > before; ) {
    before = problems.length;
    fitting = fitting.filter(planned => {
      const group = neededBy(planned).find(each => missing.has(each));
      if (group === undefined) return true;
      problems.push(toProblem(planned, group));
      if (isNew(planned)) missing.add(planned.scope);
      return false;
    });
  }
  return { problems, fitting };
}

function isNew({ scope, groups }: PlannedScope): boolean {
  return scope.startsWith('groups/') && groups !== undefined && groups.before === undefined;
}

/** The groups that must be there: those that the scope comes into, and itself, where it is one and values are set in it. */
function neededBy(planned: PlannedScope): readonly string[] {
  const { scope, groups, changes } = planned;
  const joined = groups?.groups.filter(name => !groups.before?.includes(name)).map(name => `groups/${name}`) ?? [];
  const isSet = scope.startsWith('groups/') && !isNew(planned) && changes.some(({ op }) => op === 'set');
  return isSet ? [...joined, scope] : joined;
}

/** Those that are not there, or that the caller may not see: it cannot put anybody into them. */
async function missingOf(api: Api, groups: readonly string[]): Promise<Set<string>> {
  const missing = new Set(groups);
  if (groups.length === 0) return missing;
  await readStored(
    api,
    { scopes: groups, configs: [] },
    ({ scope, groups: standing }) => {
      if (standing?.groups) missing.delete(scope);
    },
    () => undefined,
  );
  return missing;
}

function toProblem({ scope, groups, changes }: PlannedScope, group: string): PlanProblem {
  const place = groups?.place ?? changes[0]?.place ?? scope;
  const message = `${scope} is left out: there is no ${group} that you may see, and the plan makes none`;
  return { place, code: 'UNKNOWN_GROUP', message };
}
