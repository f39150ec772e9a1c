/** A masked JSON Patch in one line: `/limits/seats: 5`. Undefined for what is none. */
export function diffText(diff: unknown): string | undefined {
  if (!Array.isArray(diff) || diff.length === 0) return undefined;
  const parts = diff.slice(0, 5).flatMap(each => {
    const { op, path, value } = (each ?? {}) as { op?: unknown; path?: unknown; value?: unknown };
    if (typeof path !== 'string') return [];
    const name = path === '' ? 'value' : path;
    return [op === 'remove' ? `${name}: removed` : `${name}: ${JSON.stringify(value)}`];
  });
  const more = diff.length - 5;
  return parts.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
