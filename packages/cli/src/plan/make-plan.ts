import { folderOf, misplaced, referencesIn } from '@tenantry/loader/folder';
import type { Scope } from '@tenantry/protocol';
import type { Api } from '../connection/api.ts';
import type { Failure } from '../failures/failure.ts';
import { unnamedIn } from '../values/unnamed-in.ts';
import { limitProblems } from './bulk-body.ts';
import { compareScope } from './compare-scope.ts';
import type { Desired } from './desired.ts';
import { leaveOutMembers } from './leave-out-members.ts';
import type { Plan, PlanProblem, PlanWarning } from './plan.ts';
import { measureReach } from './reach/measure-reach.ts';
import type { Ownership } from './read/ownership.ts';
import { readDefinitions, type ServerDefinitions } from './read/read-definitions.ts';
import { GROUPS } from './read/read-scope.ts';
import { readStored, type StandingScope } from './read/read-stored.ts';
import { hasReference } from './secrets.ts';

/** What is planned, and how. */
export interface PlanRequest extends Ownership {
  readonly from: string;
  readonly desired: readonly Desired[];
  readonly problems: readonly PlanProblem[];
  /** Scopes of which that is taken away which this loader has set and no file says any more; none: nothing is. */
  readonly pruned: ReadonlySet<string>;
  /** True: so it is with all other scopes in which this loader has set anything: their folders are gone. */
  readonly prunesOthers: boolean;
  /** Files that are not in a scope's folder. One in the place of such a folder says nothing of what is to be in it. */
  readonly strays: ReadonlySet<string>;
  /** What is told of by a problem stays: `config of scope`, or a scope of which not all could be read. */
  readonly kept: ReadonlySet<string>;
  /** Secrets that are set: left alone, or written again. */
  readonly secrets: 'keep' | 'write';
}

/** Compares what should be with what the server has. Nothing is written. */
export async function makePlan(api: Api, request: PlanRequest): Promise<Plan> {
  const definitions = await readDefinitions(api);
  const problems: PlanProblem[] = [...request.problems];
  const kept = new Set(request.kept);
  const byScope = Map.groupBy(known(request.desired, definitions, problems, kept), ({ scope }) => scope);
  const gone = request.prunesOthers ? await goneScopes(api, request, definitions, problems) : new Set<string>();
  const names = [...new Set([...byScope.keys(), ...request.pruned, ...gone])].sort(byPlace);
  const { name, policy, secrets, pruned } = request;
  const wanted = { scopes: names, configs: configsToRead(request, byScope.values()) };
  const onRefused = (scope: string, why: Failure) =>
    void problems.push(...refusedProblems(scope, byScope.get(scope) ?? [], why));
  const compare = (standing: StandingScope) => {
    const { scope } = standing;
    const desired = byScope.get(scope) ?? [];
    const isPruned = (pruned.has(scope) || gone.has(scope)) && !kept.has(scope);
    // A file may have a former name of its config.
    const namesOf = (config: string) => [config, ...(definitions.find(config)?.aliases ?? [])];
    const isKept = (config: string) => namesOf(config).some(each => kept.has(`${each} of ${scope}`));
    return compareScope({ name, policy, secrets, definitions, desired, isPruned, isKept }, standing);
  };
  const compared = await readStored(api, wanted, compare, onRefused);
  const scopes = compared.map(({ planned }) => planned).filter(({ changes, groups }) => changes.length > 0 || groups);
  const { problems: tooLarge, fitting: small } = await limitProblems(api, scopes);
  const { problems: leftOut, fitting } = await leaveOutMembers(api, small);
  const measured = await measureReach(api, fitting, name => definitions.find(name)?.inherit !== 'none');
  problems.push(...tooLarge, ...leftOut, ...measured.problems);
  return {
    ...{ format: 2, url: api.connection.url, at: new Date().toISOString(), from: request.from },
    scopes: measured.scopes,
    same: compared.reduce((sum, { same }) => sum + same, 0),
    uncompared: compared.flatMap(({ uncompared }) => uncompared),
    // Of a scope that the folder does not speak of nobody asks what others have set.
    left: compared.flatMap(({ left }) => left).filter(({ scope, why }) => why !== 'unsaid' || !gone.has(scope)),
    owned: compared.reduce((sum, { owned }) => sum + owned, 0),
    ...{ problems, warnings: warningsOf([...byScope.values()].flat(), definitions), reach: measured.reach },
  };
}

function refusedProblems(
  scope: string,
  desired: readonly Desired[],
  { code, message }: Failure,
): readonly PlanProblem[] {
  const places = desired.length > 0 ? desired.map(each => each.place()) : [scope];
  const said = code === 'NOT_FOUND' ? `there is no ${scope}, or you may not see it` : message;
  return places.map(place => ({ place, code, message: said }));
}

function warningsOf(desired: readonly Desired[], definitions: ServerDefinitions): PlanWarning[] {
  return desired.flatMap(({ scope, config, json, place }) => {
    const definition = definitions.find(config);
    const found = definition ? unnamedIn(definition, scope, json) : [];
    return found.map(({ pointer, message }) => ({ place: place(pointer), message }));
  });
}

/** Global, groups, tenants: what is inherited is there before what inherits it. */
function byPlace(a: string, b: string): number {
  const rank = (scope: string) => ['global', 'groups', 'tenants'].indexOf(scope.split('/')[0] as string);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** Under their own names; what the server does not know, and what stands there twice, is a problem, and what is set for it is kept. */
function known(
  desired: readonly Desired[],
  definitions: ServerDefinitions,
  problems: PlanProblem[],
  kept: Set<string>,
): Desired[] {
  const found: Desired[] = [];
  const refuse = (each: Desired, code: string, message: string) => {
    problems.push({ place: each.place(), code, message });
    kept.add(`${each.config} of ${each.scope}`);
  };
  for (const each of desired) {
    const groups = { name: GROUPS, inherit: 'replace', secret: false };
    const definition = each.config === GROUPS ? groups : definitions.find(each.config);
    if (!definition) refuse(each, 'UNKNOWN_CONFIG', `the server has no config "${each.config}", or you may not see it`);
    else if (definition.inherit === 'none' && !each.scope.startsWith('tenants/'))
      refuse(
        each,
        'NOT_INHERITED',
        `"${definition.name}" is of tenants alone: nobody inherits it. Set it in tenants/<id> (for files of other systems: --scope tenants/<id>), or define it with \`inherit\``,
      );
    else if (definition === groups && !isGroups(each)) refuse(each, ...groupsProblem(each));
    else if (!definition.secret && hasReference(each.json))
      refuse(
        each,
        'SECRET_REFUSED',
        `"${definition.name}" is not secret: what it refers to would be shown to all who read it`,
      );
    // A secret in clear may be what looks like one, and a plan keeps what it takes for a reference.
    else if (hasReference(each.json) && referencesIn(JSON.parse(each.json)).some(({ reference }) => !reference))
      refuse(
        each,
        'SECRET_REFUSED',
        'a reference is `{ $secret: { env: NAME } }` or `{ $secret: { file: PATH } }`, with `as: json` if need be',
      );
    else found.push({ ...each, config: definition.name });
  }
  // Which of several is meant nobody knows.
  const byPlace = Map.groupBy(found, ({ scope, config }) => `${scope}\n${config}`);
  for (const several of byPlace.values())
    if (several.length > 1)
      for (const each of several) refuse(each, 'DUPLICATE', `"${each.config}" of ${each.scope} is said twice`);
  return [...byPlace.values()].flatMap(some => (some.length === 1 ? some : []));
}

/** Whether it may be the groups of its scope: the server has the last word on names and cycles. */
function isGroups({ scope, json }: Desired): boolean {
  const groups: unknown = JSON.parse(json);
  return scope !== 'global' && Array.isArray(groups) && groups.every(group => typeof group === 'string');
}

function groupsProblem({ scope }: Desired): [code: string, message: string] {
  if (scope === 'global') return ['NO_SCOPE', 'the global scope is in no groups'];
  return ['INVALID_VALUE', '"@groups" must be a list of the names of groups'];
}

/** Scopes without a folder in which this loader has set something. */
async function goneScopes(
  api: Api,
  { name, pruned, strays }: PlanRequest,
  definitions: ServerDefinitions,
  problems: PlanProblem[],
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  for await (const page of api.pages('configs.owned', { query: { loader: name } }))
    for (const { scope, config } of page) if (!pruned.has(scope) && definitions.find(config)) gone.add(scope);
  for (const scope of gone) {
    const path = folderOf(scope as Scope);
    if (!strays.has(path)) continue;
    gone.delete(scope);
    const { code, message } = misplaced(path, scope as Scope);
    problems.push({ place: path, code, message });
  }
  return gone;
}

/** The configs that must be read: those that files name, and of scopes that are pruned all. */
function configsToRead({ pruned }: PlanRequest, desired: Iterable<readonly Desired[]>): readonly string[] | undefined {
  if (pruned.size > 0) return undefined;
  const named = new Set([...desired].flatMap(some => some.map(({ config }) => config)));
  named.delete(GROUPS);
  return [...named];
}
