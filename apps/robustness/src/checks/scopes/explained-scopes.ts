import { isDeepStrictEqual } from 'node:util';
import { naiveValue } from '../../scopes/naive-merge.ts';
import type { Checker } from '../checker.ts';
import { marksOf, saw, shown } from './scope-truth.ts';

/** What `explain` says adds up to what is served at that moment, and names the scope of each part. */
export const explainedScopes: Checker = {
  promise: 'scopes',
  name: 'explained',
  isFinal: false,
  check({ history }) {
    const breaches = new Map<string, string>();
    for (const event of history.of('layered')) {
      const { config, value, stale, explained } = event;
      if (!explained) continue;
      const breach = (text: string) => breaches.set(text.slice(0, 40), `${saw(event)} as ${shown(value)}, and ${text}`);
      if (!isDeepStrictEqual(explained.value, value)) breach(`the explanation explains ${shown(explained.value)}.`);
      const layers = explained.layers.filter(({ scope }) => scope !== 'default');
      const made = naiveValue(
        config,
        layers.map(layer => layer.value),
      );
      // What a schema refuses is not shown; the last good value is, and is called stale.
      if (!isDeepStrictEqual(made, value) && !(stale && config === 'range'))
        breach(
          `its layers make ${shown(made)}: ${layers.map(({ scope, version }) => `${scope} ${version}`).join(', ')}.`,
        );
      if (config === 'replaced') continue;
      for (const scope of stale ? [] : Object.keys(marksOf(value))) {
        const path = `/marks/${scope.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const named = explained.fields.find(field => field.path === path)?.scope;
        if (named !== scope) breach(`what ${scope} marked comes from ${named}.`);
      }
    }
    return [...breaches.values()];
  },
};
