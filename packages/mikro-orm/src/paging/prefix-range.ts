/**
 * The first text, in the order of code points, after all that begin with this one; undefined where there is none. With it
 * a prefix is a range of an index, and `%`, `_` and `\` in it mean nothing.
 */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const next = (points.pop() as string).codePointAt(0) as number;
    // The surrogates are no characters of their own.
    if (next < 0x10ffff) return points.join('') + String.fromCodePoint(next === 0xd7ff ? 0xe000 : next + 1);
  }
  return undefined;
}
