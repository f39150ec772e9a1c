/** What is at a JSON Pointer, or on the way to it where that is no object or list: it hides what other scopes say of the path. */
export function partAt(value: unknown, path: string): { readonly value: unknown } | undefined {
  let at = value;
  for (const step of path.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null) return { value: at };
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return { value: at };
}
