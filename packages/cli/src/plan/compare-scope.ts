import { originOf, originOfGone, referencesIn, saysGone } from '@tenantry/loader/folder';
import { deepMerge } from '../json/deep-merge.ts';
import { parseJson, toJson } from '../json/raw-numbers.ts';
import { isSameJson } from '../json/same-json.ts';
import type { Desired } from './desired.ts';
import type { LeftAlone, PlannedChange, PlannedScope } from './plan.ts';
import { planGroups } from './plan-groups.ts';
import { isMine, type Ownership } from './read/ownership.ts';
import type { ServerDefinition, ServerDefinitions } from './read/read-definitions.ts';
import { GROUPS } from './read/read-scope.ts';
import type { Standing, StandingScope } from './read/read-stored.ts';
import { hasReference } from './secrets.ts';

/** What a scope is compared by. */
export interface ScopeParts extends Ownership {
  readonly definitions: ServerDefinitions;
  readonly desired: readonly Desired[];
  /** What no file says is taken away, where this loader has set it. */
  readonly isPruned: boolean;
  /** Whether something is told of by a problem: it stays. */
  readonly isKept: (config: string) => boolean;
  readonly secrets: 'keep' | 'write';
}

/** What came of one scope. */
export interface ComparedScope {
  readonly planned: PlannedScope;
  readonly same: number;
  /** How many values of it this loader has set. */
  readonly owned: number;
  readonly uncompared: readonly string[];
  readonly left: readonly LeftAlone[];
}

/** Compares what files say of a scope with what it has. */
export function compareScope(parts: ScopeParts, standing: StandingScope): ComparedScope {
  const { definitions, desired } = parts;
  const { scope, configs } = standing;
  const changes: PlannedChange[] = [];
  const [uncompared, left]: [string[], LeftAlone[]] = [[], []];
  const groups = planGroups(standing, desired, parts);
  let same = groups === 'same' ? 1 : 0;
  for (const each of desired) {
    if (each.config === GROUPS) continue;
    const definition = definitions.find(each.config) as ServerDefinition;
    const outcome = compare(parts, each, definition, configs.get(each.config));
    if (outcome === 'same') same++;
    else if (outcome === 'uncompared') uncompared.push(`${each.config} of ${scope}`);
    else if (typeof outcome === 'object') changes.push(outcome);
    else left.push({ scope, config: each.config, why: outcome, by: configs.get(each.config)?.by });
  }
  if (typeof groups === 'object' && 'why' in groups) left.push(groups);
  const pruned = parts.isPruned ? unsaid(parts, standing) : { changes: [], left: [] };
  return {
    ...{ same, uncompared, left: [...left, ...pruned.left] },
    planned: {
      ...{ scope, changes: [...changes, ...pruned.changes] },
      ...(typeof groups === 'object' && 'groups' in groups && { groups }),
    },
    owned: [...configs.values()].filter(each => each.isSet && isMine(parts, each.origin)).length,
  };
}

/** A config, if it is not to be changed why: it is so; a secret of which nobody can tell; it is of others. */
function compare(
  { name, policy, secrets }: ScopeParts,
  { config, place, source, ...desired }: Desired,
  { secret, persistence }: ServerDefinition,
  standing: Standing = { version: 0, isSet: false },
): PlannedChange | 'same' | 'uncompared' | Exclude<LeftAlone['why'], 'unsaid'> {
  if (standing.isSet && secret && secrets === 'keep') return 'uncompared';
  const isPart = desired.isPart && standing.isSet;
  // What is not seen would lose the rest of it.
  if (isPart && (secret || standing.json === undefined)) return 'part';
  const json = isPart ? merged(standing.json as string, desired.json) : desired.json;
  if (!secret && standing.json !== undefined && isSameJson(standing.json, json)) return 'same';
  const mine = isMine({ name }, standing.origin);
  const isNew = standing.version === 0 || (!standing.isSet && (mine || saysGone(standing.origin)));
  if (!isNew && policy === 'seed') return 'kept';
  if (!isNew && policy === 'report' && !mine) return 'drift';
  return {
    ...{ config, op: 'set', json, place: place(), isSecret: secret, isAlone: persistence === 'none' },
    ...{
      ifVersion: standing.version,
      ...(standing.isSet && { beforeJson: standing.json, endsAt: standing.expiresAt }),
    },
    origin: source && originOf(name, source.path, source.sha256),
    ...(secret && hasReference(json) && { references: placesOf(json, place) }),
  };
}

function merged(json: string, part: string): string {
  return toJson(deepMerge(parseJson(json), parseJson(part)));
}

function placesOf(json: string, place: Desired['place']): Record<string, string> {
  return Object.fromEntries(referencesIn(JSON.parse(json)).map(({ pointer }) => [pointer, place(pointer)]));
}

/** What no file says: what this loader has set is taken away, and what others have set is told. */
function unsaid(
  { name, desired, definitions, isKept }: ScopeParts,
  { scope, configs }: StandingScope,
): { readonly changes: readonly PlannedChange[]; readonly left: readonly LeftAlone[] } {
  const said = new Set(desired.map(({ config }) => config));
  const changes: PlannedChange[] = [];
  const left: LeftAlone[] = [];
  for (const [config, { version, isSet, json, origin, by }] of configs) {
    const definition = definitions.find(config);
    if (!isSet || said.has(config) || isKept(config) || !definition) continue;
    if (origin !== undefined && isMine({ name }, origin))
      changes.push({
        ...{ config, op: 'unset', ifVersion: version, beforeJson: json, isSecret: definition.secret },
        ...{ isAlone: definition.persistence === 'none', place: scope, origin: originOfGone(name, origin) },
      });
    else left.push({ scope, config, why: 'unsaid', by });
  }
  return { changes, left };
}
