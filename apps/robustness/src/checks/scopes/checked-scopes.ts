import { naiveChain } from '../../scopes/naive-chain.ts';
import { GROUPS, SCOPED_TENANTS } from '../../scopes/scope-addresses.ts';
import { GROUPS_NAME, inScope } from '../../scopes/scopes-state.ts';
import type { Checker } from '../checker.ts';
import { ScopeTruth } from './scope-truth.ts';

/** What the schema would refuse was never committed, whoever wrote beside whom: every scope's range holds, and no groups lead to themselves. */
export const checkedScopes: Checker = {
  promise: 'scopes',
  name: 'checked',
  isFinal: true,
  check({ final: { scopes } }) {
    const truth = new ScopeTruth(scopes);
    const groupsOf = (scope: string) => truth.tables.get(inScope(scope, GROUPS_NAME))?.value as string[] | undefined;
    const breaches: string[] = [];
    for (const scope of [
      ...GROUPS.map(group => `groups/${group}`),
      ...SCOPED_TENANTS.map(tenant => `tenants/${tenant}`),
    ]) {
      const chain = naiveChain(scope, groupsOf);
      if (!chain) {
        breaches.push(`The groups of ${scope} lead to themselves in the tables.`);
        continue;
      }
      const { low, high } = truth.value('range', chain) as { low: number; high: number };
      if (low > high)
        breaches.push(`${chain.join(', ')} make a range from ${low} to ${high}, which the schema refuses.`);
    }
    return breaches;
  },
};
