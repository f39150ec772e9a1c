import { referencesIn } from '@tenantry/loader/folder';
import type { Api } from '../connection/api.ts';
import { isSameJson } from '../json/same-json.ts';
import type { Desired } from './desired.ts';
import { measureReach } from './measure-reach.ts';
import type { Plan, PlannedChange, PlannedGroups, PlannedScope, PlanProblem } from './plan.ts';
import { knownMemberships, planGroups } from './plan-groups.ts';
import { atMost } from './read/at-most.ts';
import { readDefinitions, type ServerDefinition, type ServerDefinitions } from './read/read-definitions.ts';
import { GROUPS } from './read/read-scope.ts';
import { readStandings, type Standing, type Wanted } from './read/read-standings.ts';
import { schemaProblems } from './schema-problems.ts';
import { hasReference } from './secrets.ts';

/** What is planned, and how. */
export interface PlanRequest {
  readonly from: string;
  readonly desired: readonly Desired[];
  readonly problems: readonly PlanProblem[];
  /** Scopes whose other configs are taken away; none: nothing is. */
  readonly pruned: ReadonlySet<string>;
  /** What is told of by a problem stays: `config of scope`, or a scope of which not all could be read. */
  readonly kept: ReadonlySet<string>;
  /** Secrets that are set: left alone, or written again. */
  readonly secrets: 'keep' | 'write';
}

const AT_ONCE = 8;

/** Compares what should be with what the server has. Nothing is written. */
export async function makePlan(api: Api, request: PlanRequest): Promise<Plan> {
  const definitions = await readDefinitions(api);
  const problems: PlanProblem[] = [...request.problems];
  const byScope = Map.groupBy(known(request.desired, definitions, problems), ({ scope }) => scope);
  const names = [...new Set([...byScope.keys(), ...request.pruned])].sort(byPlace);
  const standings = await readStandings(api, wantedOf(request, names, byScope, definitions));
  const memberships = await knownMemberships(api, byScope);
  const compared = await atMost(AT_ONCE, names, async scope => {
    const desired = byScope.get(scope) ?? [];
    const parts = { request, definitions, scope, desired, standing: standings.get(scope) ?? new Map() };
    return compareScope(parts, await planGroups(api, scope, desired, memberships?.get(scope)));
  });
  const scopes = compared.map(({ planned }) => planned).filter(({ changes, groups }) => changes.length > 0 || groups);
  const { problems: unfit, refused } = schemaProblems(scopes, definitions);
  const fitting = scopes.map(each => ({ ...each, changes: each.changes.filter(change => !refused.has(change)) }));
  const measured = await measureReach(api, fitting, name => definitions.find(name)?.inherit !== 'none');
  problems.push(...unfit, ...measured.problems);
  return {
    ...{ format: 1, url: api.connection.url, at: new Date().toISOString(), from: request.from },
    scopes: measured.scopes,
    same: compared.reduce((sum, { same }) => sum + same, 0),
    uncompared: compared.flatMap(({ uncompared }) => uncompared),
    owned: compared.reduce((sum, { owned }) => sum + owned, 0),
    ...{ problems, reach: measured.reach },
  };
}

/** Global, groups, tenants: what is inherited is there before what inherits it. */
function byPlace(a: string, b: string): number {
  const rank = (scope: string) => ['global', 'groups', 'tenants'].indexOf(scope.split('/')[0] as string);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** Under their own names; what the server does not know, and what stands there twice, is a problem. */
function known(desired: readonly Desired[], definitions: ServerDefinitions, problems: PlanProblem[]): Desired[] {
  const seen = new Map<string, Desired>();
  for (const each of desired) {
    const groups = { name: GROUPS, inherit: 'replace', secret: false };
    const definition = each.config === GROUPS ? groups : definitions.find(each.config);
    const refuse = (code: string, message: string) => problems.push({ place: each.place(), code, message });
    if (!definition) refuse('UNKNOWN_CONFIG', `the server has no config "${each.config}", or you may not see it`);
    else if (definition.inherit === 'none' && !each.scope.startsWith('tenants/'))
      refuse('NOT_INHERITED', `"${definition.name}" is of tenants alone: nobody inherits it`);
    else if (definition === groups && !isGroups(each)) refuse(...groupsProblem(each));
    else if (!definition.secret && hasReference(each.json))
      refuse(
        'SECRET_REFUSED',
        `"${definition.name}" is not secret: what it refers to would be shown to all who read it`,
      );
    // A secret in clear may be what looks like one, and a plan keeps what it takes for a reference.
    else if (hasReference(each.json) && referencesIn(JSON.parse(each.json)).some(({ reference }) => !reference))
      refuse(
        'SECRET_REFUSED',
        'a reference is `{ $secret: { env: NAME } }` or `{ $secret: { file: PATH } }`, with `as: json` if need be',
      );
    else if (seen.has(`${each.scope}\n${definition.name}`))
      refuse('DUPLICATE', `"${definition.name}" of ${each.scope} is said twice`);
    else seen.set(`${each.scope}\n${definition.name}`, { ...each, config: definition.name });
  }
  return [...seen.values()];
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

/** What must be read for a plan: what files name, and of scopes that are pruned everything. */
function wantedOf(
  { pruned, secrets }: PlanRequest,
  scopes: readonly string[],
  byScope: ReadonlyMap<string, readonly Desired[]>,
  definitions: ServerDefinitions,
): Wanted {
  const named = new Map([...byScope].map(([scope, all]) => [scope, new Set(all.map(({ config }) => config))]));
  const all = new Set([...named.values()].flatMap(each => [...each]));
  return {
    scopes,
    definitions: definitions.all.filter(({ name }) => pruned.size > 0 || all.has(name)),
    // A secret that is left alone is not looked at.
    isWanted: (scope, config) =>
      pruned.has(scope) ||
      (named.get(scope)?.has(config) === true && (secrets === 'write' || !definitions.find(config)?.secret)),
    configsOf: scope => [...(named.get(scope) ?? [])].filter(config => config !== GROUPS),
  };
}

interface ScopeParts {
  readonly request: PlanRequest;
  readonly definitions: ServerDefinitions;
  readonly scope: string;
  readonly desired: readonly Desired[];
  readonly standing: ReadonlyMap<string, Standing>;
}

interface ComparedScope {
  readonly planned: PlannedScope;
  readonly same: number;
  readonly owned: number;
  readonly uncompared: readonly string[];
}

function compareScope(
  { request, definitions, scope, desired, standing }: ScopeParts,
  groups: PlannedGroups | 'same' | undefined,
): ComparedScope {
  const changes: PlannedChange[] = [];
  const uncompared: string[] = [];
  let same = 0;
  for (const each of desired.filter(({ config }) => config !== GROUPS)) {
    const definition = definitions.find(each.config) as ServerDefinition;
    const outcome = compare(each, definition, standing.get(each.config), request.secrets);
    if (outcome === 'same') same++;
    else if (outcome === 'uncompared') uncompared.push(`${each.config} of ${scope}`);
    else changes.push(outcome);
  }
  const wanted = new Set(desired.map(({ config }) => config));
  const isPruned = request.pruned.has(scope) && !request.kept.has(scope);
  const set = [...standing].filter(([, { isSet }]) => isSet);
  for (const [config, { version, json }] of isPruned ? set : []) {
    if (wanted.has(config) || request.kept.has(`${config} of ${scope}`)) continue;
    const { secret, writePolicy } = definitions.find(config) as ServerDefinition;
    changes.push({
      ...{ config, op: 'unset', ifVersion: version, beforeJson: json, isSecret: secret },
      ...{ isWriteBack: writePolicy === 'write-back', place: scope },
    });
  }
  const planned = { scope, changes, ...(groups !== 'same' && groups !== undefined && { groups }) };
  return { planned, same: same + (groups === 'same' ? 1 : 0), owned: set.length, uncompared };
}

function compare(
  { config, json, place }: Desired,
  { secret, writePolicy }: ServerDefinition,
  standing: Standing = { version: 0, isSet: false },
  secrets: PlanRequest['secrets'],
): PlannedChange | 'same' | 'uncompared' {
  if (standing.isSet && secret && secrets === 'keep') return 'uncompared';
  if (!secret && standing.json !== undefined && isSameJson(standing.json, json)) return 'same';
  return {
    ...{ config, op: 'set', json, place: place(), isSecret: secret, isWriteBack: writePolicy === 'write-back' },
    ...{ ifVersion: standing.version, ...(standing.isSet && { beforeJson: standing.json }) },
  };
}
