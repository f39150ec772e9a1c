/** A value as it stands in a file: each part of it knows where it begins. */
export type Tree = { readonly at: number } & (
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Tree[] }
  | { readonly kind: 'map'; readonly entries: readonly TreeEntry[] }
);

/** A property of a map. */
export interface TreeEntry {
  readonly name: string;
  /** Where the name begins. */
  readonly at: number;
  readonly value: Tree;
}

/** What the tree is in JavaScript. */
export function valueIn(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(valueIn);
  return Object.fromEntries(tree.entries.map(({ name, value }) => [name, valueIn(value)]));
}

/** Where the part at a JSON Pointer begins, a property with its name; of a part that is not there, the nearest part around it. */
export function offsetOf(tree: Tree, pointer: string): number {
  let part = tree;
  let at = tree.at;
  for (const name of pointer.split('/').slice(1).map(unescaped)) {
    if (part.kind === 'scalar') break;
    if (part.kind === 'list') {
      const item = part.items[Number(name)];
      if (!item) break;
      [part, at] = [item, item.at];
      continue;
    }
    const entry = part.entries.find(each => each.name === name);
    if (!entry) break;
    [part, at] = [entry.value, entry.at];
  }
  return at;
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** A name as a part of a JSON Pointer. */
export function pointerPart(name: string | number): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
