/** As deep as typed flag keys go. */
const MOST_DEEP = 4;

/** The ways to the fields of a value that flag keys can name, the whole value not among them: of plain objects, down to four levels. */
export function fieldPaths(value: unknown): readonly (readonly string[])[] {
  const paths: string[][] = [];
  const walk = (at: unknown, path: readonly string[]) => {
    if (path.length === MOST_DEEP || !isFields(at)) return;
    for (const [name, field] of Object.entries(at)) {
      if (name.includes('.') || field === undefined) continue;
      const below = [...path, name];
      paths.push(below);
      walk(field, below);
    }
  };
  walk(value, []);
  return paths;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
