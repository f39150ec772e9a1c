import { atTime, type Checker } from '../checker.ts';
import { marksOf, ScopeTruth, saw } from './scope-truth.ts';

/** Within one reader's life no scope's part of a value goes back to an older version, and no tenant to older groups. */
export const forwardInScopes: Checker = {
  promise: 'G3',
  name: 'forward in scopes',
  isFinal: false,
  check({ history, final: { scopes } }) {
    const truth = new ScopeTruth(scopes);
    const breaches = new Set<string>();
    const last = new Map<string, { readonly version: number; readonly at: number }>();
    for (const event of history.of('layered')) {
      const { by, tenant, config, value, explained, groupsVersion, at, stale } = event;
      const go = (what: string, key: string, ...possible: readonly number[]): void => {
        const before = last.get(`${by} ${key}`);
        // Of a mark that came again, the first version that is no step back.
        const version = possible.find(each => each >= (before?.version ?? 0)) ?? possible.at(-1);
        if (version === undefined) return;
        if (before && version < before.version)
          breaches.add(
            `${saw(event)} with ${what} in version ${version}, and in version ${before.version} before, ${atTime(before.at)}.`,
          );
        else last.set(`${by} ${key}`, { version, at });
      };
      const goInScope = (scope: string, ...possible: readonly number[]): void => {
        go(scope, `${tenant} ${config} ${scope}`, ...possible);
        // What is stale for one tenant may be behind another: it does not say that it is not.
        if (!stale) go(scope, `${config} ${scope}`, ...possible);
      };
      for (const [scope, mark] of Object.entries(marksOf(value)))
        goInScope(scope, ...truth.versionsOf(scope, config, mark));
      // An answer is as old as its question, and so are its layers; what is unset has no mark.
      for (const { scope, version } of explained?.layers ?? []) if (version !== undefined) goInScope(scope, version);
      if (groupsVersion !== undefined) go('its groups', `${tenant} groups`, groupsVersion);
    }
    return [...breaches];
  },
};
