import { addPattern, type ConfigPatterns, coveredUntil, noPatterns, patternCoveredUntil } from './config-patterns.ts';
import type { Grant, GrantScope, Principal, Target } from './grant.ts';
import { COMES_WITH, type Verb } from './verbs.ts';

/** What one principal may do now: its grants, sorted by what is asked. Made by `rightsOf`; `may` asks it. */
export interface Rights {
  readonly grants: readonly Grant[];
  /** By verb, then by what the grant is for. */
  readonly byVerb: ReadonlyMap<Verb, ReadonlyMap<GrantScope, ConfigPatterns>>;
}

/** The rights that grants give a principal. Linear in the grants: keep it, and make it again when a grant came or went. */
export function rightsOf(principal: Principal, grants: Iterable<Grant>): Rights {
  const names = new Set(['*', `user:${principal.id}`, ...principal.groups.map(group => `group:${group}`)]);
  const own: Grant[] = [];
  const byVerb = new Map<Verb, Map<GrantScope, ConfigPatterns>>();
  for (const grant of grants) {
    if (!names.has(grant.who)) continue;
    own.push(grant);
    for (const verb of withImplied(grant.verbs)) {
      const scopes = byVerb.get(verb) ?? new Map<GrantScope, ConfigPatterns>();
      byVerb.set(verb, scopes);
      const patterns = scopes.get(grant.scope) ?? noPatterns();
      scopes.set(grant.scope, patterns);
      addPattern(patterns, grant.config, grant.expiresAt ?? Number.POSITIVE_INFINITY);
    }
  }
  return { grants: own, byVerb };
}

/**
 * Whether it may be done. `config` undefined asks for any config of the target at all: whether there is something in it that may be listed.
 * `now` is in ms since 1970.
 */
export function may(rights: Rights, verb: Verb, target: Target, config: string | undefined, now: number): boolean {
  const scopes = rights.byVerb.get(verb);
  if (scopes === undefined) return false;
  for (const scope of coveringScopes(target)) {
    const patterns = scopes.get(scope);
    if (patterns && coveredUntil(patterns, config) > now) return true;
  }
  return false;
}

/** Whether it may be done somewhere, in whichever scope. */
export function mayAnywhere(rights: Rights, verb: Verb, config: string | undefined, now: number): boolean {
  for (const patterns of rights.byVerb.get(verb)?.values() ?? []) if (coveredUntil(patterns, config) > now) return true;
  return false;
}

/** What the grants of a verb are for, for lists that would else ask for each scope there is. */
export function grantedScopes(rights: Rights, verb: Verb, now: number): readonly GrantScope[] {
  return [...(rights.byVerb.get(verb) ?? [])].filter(([, { until }]) => until > now).map(([scope]) => scope);
}

/**
 * Whether a principal may give or take a right: it must hold `grant` and each verb itself, for all of the right's scopes and configs, and for as
 * long.
 */
export function mayGive(
  rights: Rights,
  right: Pick<Grant, 'verbs' | 'scope' | 'config' | 'expiresAt'>,
  now: number,
): boolean {
  const until = right.expiresAt ?? Number.POSITIVE_INFINITY;
  return withImplied([...right.verbs, 'grant']).every(verb =>
    coveringScopes(right.scope).some(scope => {
      const patterns = rights.byVerb.get(verb)?.get(scope);
      const covered = patterns ? patternCoveredUntil(patterns, right.config) : 0;
      return covered > now && covered >= until;
    }),
  );
}

function withImplied(verbs: readonly Verb[]): readonly Verb[] {
  return [...new Set(verbs.flatMap(verb => [verb, ...COMES_WITH[verb]]))];
}

function coveringScopes(target: GrantScope): readonly GrantScope[] {
  if (target === '*') return ['*'];
  if (target.startsWith('tenants/')) return [target, 'tenants/*', '*'];
  if (target.startsWith('groups/')) return [target, 'groups/*', '*'];
  return [target, '*'];
}
