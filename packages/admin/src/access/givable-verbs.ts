import { type Grant, mayGive, type Principal, rightsOf, VERBS, type Verb } from '@tenantry/admin-api';

/**
 * The verbs that somebody may give everywhere and for ever. Grants of groups and users are looked at apart: who is in a group only the identity provider
 * knows.
 */
export function givableVerbs(grants: readonly Grant[], now: number): ReadonlySet<Verb> {
  const givers = new Set(
    grants.filter(({ verbs, scope }) => scope === '*' && verbs.includes('grant')).map(({ who }) => who),
  );
  const found = new Set<Verb>();
  for (const who of givers) {
    const rights = rightsOf(principalOf(who), grants);
    for (const verb of VERBS) if (mayGive(rights, { verbs: [verb], scope: '*', config: '*' }, now)) found.add(verb);
  }
  return found;
}

function principalOf(who: string): Principal {
  const [, kind, name = ''] = /^(user|group):(.*)$/s.exec(who) ?? [];
  return { id: kind === 'user' ? name : '', groups: kind === 'group' ? [name] : [] };
}
