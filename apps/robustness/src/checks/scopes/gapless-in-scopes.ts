import { isDeepStrictEqual } from 'node:util';
import { GROUPS_NAME, inScope, type SeenLayers } from '../../scopes/scopes-state.ts';
import type { Checker } from '../checker.ts';
import { placeOf, ScopeTruth, shown } from './scope-truth.ts';

/** Every reader ends with what comes of the scopes by the tables, fresh, in today's groups, and can explain it. */
export const gaplessInScopes: Checker = {
  promise: 'G6',
  name: 'gapless in scopes',
  isFinal: true,
  check({ final: { scopes } }) {
    const truth = new ScopeTruth(scopes);
    const breaches: string[] = [];
    for (const [reader, memory] of scopes.readers)
      for (const seen of memory) {
        const wrong = wrongAtTheEnd(truth, seen);
        if (wrong) breaches.push(`${reader} ended ${wrong}`);
      }
    return breaches;
  },
};

function wrongAtTheEnd(truth: ScopeTruth, { tenant, config, value, stale, explained, groupsVersion }: SeenLayers) {
  const place = placeOf({ tenant, config });
  const chain = truth.chain(tenant);
  if (!chain) return `with groups of "${tenant}" that lead to themselves, in the tables.`;
  const wanted = truth.value(config, chain);
  if (!isDeepStrictEqual(value, wanted))
    return `with ${shown(value)} for ${place}${stale ? ', stale' : ''}; by the tables, ${chain.join(', ')} make ${shown(wanted)}.`;
  if (stale) return `with ${place} still stale.`;
  const groups = truth.tables.get(inScope(`tenants/${tenant}`, GROUPS_NAME))?.version;
  if (groupsVersion !== groups)
    return `with the groups of "${tenant}" in version ${groupsVersion}; the tables have version ${groups}.`;
  if (!explained) return `without an explanation of ${place}.`;
  const layers = explained.layers.filter(({ scope }) => scope !== 'default');
  const scopes = layers.map(({ scope }) => scope);
  if (!isDeepStrictEqual(scopes, chain))
    return `with ${place} from ${scopes.join(', ')}; by the tables it comes from ${chain.join(', ')}.`;
  const odd = layers.find(({ scope, version, value }) => {
    const row = truth.tables.get(inScope(scope, config));
    return !isDeepStrictEqual(value, row?.value) || (row !== undefined && version !== row.version);
  });
  return odd && `with version ${odd.version} of ${odd.scope} in ${place}; the tables have another one.`;
}
