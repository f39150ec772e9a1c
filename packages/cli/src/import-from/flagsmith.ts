import { wrongUse } from '../failures/failure.ts';
import { isObject } from '../json/is-object.ts';
import { CollectedValues } from './collect-values.ts';
import type { ImportMap } from './import-map.ts';
import type { Imported, ImportSource } from './imported.ts';
import { allObjects, readJson, textOf } from './look-into.ts';
import { scalarOf } from './scalar-of.ts';

/**
 * Flagsmith: an export of the features of one environment. A feature without a value becomes a config that is true or false, as it is on or off. A feature with a
 * value becomes a config with that value, where it is on: a value that is off is noted, since a config has no switch beside its value.
 */
export function fromFlagsmith(source: ImportSource, map: ImportMap): Imported {
  const values = new CollectedValues(source.file);
  const content = readJson(source.text, source.file);
  if (!Array.isArray(content)) throw wrongUse(`${source.file} is no export of features of Flagsmith: that is a list.`);
  if (source.environment !== undefined)
    throw wrongUse('An export of Flagsmith is of one environment: leave --environment out.');
  const { scope = 'global' } = source;
  for (const [i, feature] of content.entries()) {
    const name = isObject(feature) ? textOf(feature.name) : undefined;
    if (!name || typeof feature.enabled !== 'boolean') {
      values.note(`item ${i + 1}`, 'it has no name, or is neither on nor off');
      continue;
    }
    const to = map.configOf(name);
    if (to === null) continue;
    const { config, path, as = 'scalar' } = to ?? { config: name, path: [] };
    const weights = allObjects(feature.multivariate)?.map(each => Number(each.percentage_allocation ?? 0));
    const shared = weights?.reduce((sum, weight) => sum + weight, 0);
    if (weights === undefined || !(Number(shared) >= 0))
      values.note(name, 'its other values cannot be read, and are left out');
    else if (Number(shared) > 0)
      values.note(name, `${shared} % get one of ${weights.length} other values, which are left out`);
    const { value } = feature;
    if (value === null || value === undefined || value === '') values.put(name, scope, config, path, feature.enabled);
    else if (!feature.enabled) values.note(name, 'it is off and has a value: the value is left out');
    else values.put(name, scope, config, path, typeof value === 'string' && as === 'scalar' ? scalarOf(value) : value);
  }
  return values.done();
}
