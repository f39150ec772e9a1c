/** The leaves of a value by their paths, as a schema names them: `exports.keepDays`. */
export function flatten(value, path = '') {
  if (value === undefined) return new Map();
  if (value === null || typeof value !== 'object') return new Map([[path, value]]);
  return new Map(
    Object.entries(value).flatMap(([name, part]) => [...flatten(part, path === '' ? name : `${path}.${name}`)]),
  );
}

/** The value with these leaves. */
export function unflatten(leaves) {
  const value = {};
  for (const [path, leaf] of leaves) {
    const names = path.split('.');
    let place = value;
    for (const name of names.slice(0, -1)) {
      place[name] ??= {};
      place = place[name];
    }
    place[names.at(-1)] = leaf;
  }
  return value;
}
