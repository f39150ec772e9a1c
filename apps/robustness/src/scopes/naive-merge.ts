import type { LayeredName } from './scopes-state.ts';

type Plain = Record<string, unknown>;

/** How each config is merged, said once more: what checks the product must not ask it. */
const RULES: Readonly<Record<LayeredName, { readonly replaces: boolean; readonly default?: string }>> = {
  merged: {
    replaces: false,
    default: '{"marks":{"default":"default"},"fields":{"a":"default","e":null},"items":[{"id":"i0"}]}',
  },
  twin: {
    replaces: false,
    default: '{"marks":{"default":"default"},"fields":{"a":"default","e":null},"items":[{"id":"i0"}]}',
  },
  replaced: { replaces: true },
  range: { replaces: false, default: '{"marks":{"default":"default"},"low":0,"high":100}' },
};

/** The value of a config, from what the scopes say, the nearest first; undefined where one says nothing. */
export function naiveValue(config: LayeredName, said: readonly unknown[]): unknown {
  const rule = RULES[config];
  const values: unknown[] = said.filter(value => value !== undefined);
  if (rule.default !== undefined) values.push(JSON.parse(rule.default));
  if (rule.replaces) return values[0];
  // From behind: each scope paints over what the ones before left.
  return values.reduceRight((below, above) => paintOver(below, above, []));
}

function paintOver(below: unknown, above: unknown, path: readonly string[]): unknown {
  if (isPlain(below) && isPlain(above)) {
    const painted: Plain = Object.assign(Object.create(null), below);
    for (const name of Object.keys(above))
      painted[name] = name in painted ? paintOver(painted[name], above[name], [...path, name]) : above[name];
    return { ...painted };
  }
  if (path.join() === 'items' && Array.isArray(below) && Array.isArray(above)) {
    const painted = [...below] as Plain[];
    for (const item of above as Plain[]) {
      const at = painted.findIndex(({ id }) => id === item.id);
      if (at === -1) painted.push(item);
      else painted[at] = paintOver(painted[at], item, ['items', '*']) as Plain;
    }
    return painted;
  }
  return above;
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
