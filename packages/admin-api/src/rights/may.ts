import type { Grant, GrantScope, Principal, Target } from './grant.ts';
import { COMES_WITH, type Verb } from './verbs.ts';

/** What one principal may do now: its grants, sorted by what is asked. Made by `rightsOf`; `may` asks it. */
export interface Rights {
  readonly grants: readonly Grant[];
  /** By verb, then by what the grant is for. */
  readonly byVerb: ReadonlyMap<Verb, ReadonlyMap<GrantScope, readonly ConfigPattern[]>>;
}

interface ConfigPattern {
  readonly text: string;
  readonly expiresAt: number;
}

/** The rights that grants give a principal. Linear in the grants: keep it, and make it again when a grant came or went. */
export function rightsOf(principal: Principal, grants: Iterable<Grant>): Rights {
  const names = new Set(['*', `user:${principal.id}`, ...principal.groups.map(group => `group:${group}`)]);
  const own: Grant[] = [];
  const byVerb = new Map<Verb, Map<GrantScope, ConfigPattern[]>>();
  for (const grant of grants) {
    if (!names.has(grant.who)) continue;
    own.push(grant);
    const verbs = new Set(grant.verbs.flatMap(verb => [verb, ...COMES_WITH[verb]]));
    for (const verb of verbs) {
      const scopes = byVerb.get(verb) ?? new Map<GrantScope, ConfigPattern[]>();
      byVerb.set(verb, scopes);
      const patterns = scopes.get(grant.scope) ?? [];
      scopes.set(grant.scope, patterns);
      patterns.push({ text: grant.config, expiresAt: grant.expiresAt ?? Number.POSITIVE_INFINITY });
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
  for (const scope of coveringScopes(target))
    for (const pattern of scopes.get(scope) ?? [])
      if (pattern.expiresAt > now && covers(pattern.text, config)) return true;
  return false;
}

function coveringScopes(target: Target): readonly GrantScope[] {
  if (target.startsWith('tenants/')) return [target, 'tenants/*', '*'];
  if (target.startsWith('groups/')) return [target, 'groups/*', '*'];
  return [target, '*'];
}

function covers(pattern: string, config: string | undefined): boolean {
  if (pattern === '*' || config === undefined) return true;
  return pattern.endsWith('*') ? config.startsWith(pattern.slice(0, -1)) : pattern === config;
}
