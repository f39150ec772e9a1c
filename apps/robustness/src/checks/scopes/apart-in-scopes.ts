import { reachable } from '../../scopes/naive-chain.ts';
import type { Checker } from '../checker.ts';
import { marksOf, ScopeTruth, saw } from './scope-truth.ts';

/** No tenant was ever served what a group said in which it never was, nor what another tenant said; and Redis has nothing of one scope under another. */
export const apartInScopes: Checker = {
  promise: 'G10',
  name: 'apart in scopes',
  isFinal: false,
  check({ history, final: { scopes } }) {
    const truth = new ScopeTruth(scopes);
    const breaches = new Map<string, string>();
    const own = new Map<string, ReadonlySet<string>>();
    for (const event of history.of('layered')) {
      const { tenant, value, explained } = event;
      const allowed = own.get(tenant) ?? reachable(`tenants/${tenant}`, scope => truth.memberships(scope).flat());
      own.set(tenant, allowed);
      const layers = (explained?.layers ?? []).map(({ scope }) => scope).filter(scope => scope !== 'default');
      const strange = [...Object.keys(marksOf(value)), ...layers].find(scope => !allowed.has(scope));
      if (strange !== undefined)
        breaches.set(`${tenant} ${strange}`, `${saw(event)} with what ${strange} says, which it never inherited from.`);
    }
    for (const [key, { value }] of scopes.redis)
      for (const scope of Object.keys(marksOf(value)))
        if (!key.startsWith(`${scope} `)) breaches.set(key, `Redis has what ${scope} says for "${key}".`);
    return [...breaches.values()];
  },
};
