/** What a test file is known by, wherever in its package it stands: `sdk/watch.int.test.ts`, `tools/walk.alone.test.ts`. */
export function fileName(path: string): string {
  const parts = path.split(/[\\/]/);
  const inside = parts.findLastIndex(part => part === 'packages' || part === 'apps');
  const home = inside < 0 ? 'tools' : parts[inside + 1];
  return `${home}/${parts.at(-1)}`;
}
