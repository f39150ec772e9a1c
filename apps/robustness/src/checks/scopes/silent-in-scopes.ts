import { isDeepStrictEqual } from 'node:util';
import { GROUPS_NAME } from '../../scopes/scopes-state.ts';
import type { Checker } from '../checker.ts';
import { marksOf, ScopeTruth, saw } from './scope-truth.ts';

/** Nobody ever saw of a scope what no transaction committed there, neither in a value nor among its layers. */
export const silentInScopes: Checker = {
  promise: 'G2',
  name: 'silent in scopes',
  isFinal: false,
  check({ history, final: { scopes } }) {
    const truth = new ScopeTruth(scopes);
    const breaches = new Map<string, string>();
    for (const event of history.of('layered')) {
      const { config, tenant, value, explained, groupsVersion } = event;
      for (const [scope, mark] of Object.entries(marksOf(value)))
        if (truth.versionsOf(scope, config, mark).length === 0)
          breaches.set(
            `${scope} ${mark}`,
            `${saw(event)} with what ${mark} set in ${scope}: that was never committed.`,
          );
      if (groupsVersion !== undefined && !truth.revision(`tenants/${tenant}`, GROUPS_NAME, groupsVersion))
        breaches.set(
          `${tenant} ${groupsVersion}`,
          `${saw(event)} in the groups of version ${groupsVersion}: that was never committed.`,
        );
      for (const { scope, version, value } of explained?.layers ?? []) {
        if (version === undefined) continue;
        const isCommitted =
          value === undefined
            ? // Who was away at that time finds it gone, and knows of no newer version than the one it had.
              truth.isUnsetSince(scope, config, version)
            : isDeepStrictEqual(truth.revision(scope, config, version)?.value, value);
        if (!isCommitted)
          breaches.set(
            `${scope} ${config} ${version}`,
            `${saw(event)}, and version ${version} of ${scope} in it, which was committed otherwise or not at all.`,
          );
      }
    }
    return [...breaches.values()];
  },
};
