import { isObject, type Json, type Path, valueAt } from '../json/json-tree.ts';
import { treeOf } from './editing.ts';

/** A scope's part in a value, as `explain` answers it. */
export interface ShownLayer {
  readonly scope: string;
  readonly json?: string | undefined;
}

export interface Inherited {
  readonly value: Json;
  /** A scope, or `default`. */
  readonly from: string;
}

/** What a path would have if the scope itself said nothing there, by the layers above it, the nearest first. */
export class Inheritance {
  readonly #above: readonly { readonly scope: string; readonly tree: Json }[];
  readonly #merges: boolean;

  constructor(own: string, inherit: string, layers: readonly ShownLayer[]) {
    this.#merges = inherit === 'merge';
    this.#above = layers.flatMap(({ scope, json }) => {
      const tree = scope === own ? undefined : treeOf(json);
      return tree === undefined ? [] : [{ scope, tree }];
    });
  }

  /** `isSet`: whether the scope itself has a value at all. Where values are not merged, having one takes nothing from above. */
  at(path: Path, isSet: boolean): Inherited | undefined {
    if (!this.#merges) {
      const [nearest] = this.#above;
      const value = nearest === undefined || isSet ? undefined : valueAt(nearest.tree, path);
      return value === undefined ? undefined : { value, from: (nearest as { scope: string }).scope };
    }
    for (const { scope, tree } of this.#above) {
      const value = valueAt(tree, path);
      if (value !== undefined) return { value, from: scope };
      if (hides(tree, path)) return undefined;
    }
    return undefined;
  }
}

/** Something that is no object stands on the way: what is further above does not come through it. */
function hides(tree: Json, path: Path): boolean {
  let here: Json | undefined = tree;
  for (const step of path) {
    if (here === undefined) return false;
    if (!isObject(here)) return true;
    here = here.get(String(step));
  }
  return false;
}
