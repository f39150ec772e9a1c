import { offsetOf, type Tree, type TreeEntry } from '../documents/tree.ts';
import type { FolderDocument, Place } from './folder-document.ts';

/**
 * Finds places in the text of a file. Lines and trees are made where a place is asked for, which is where something is wrong, and kept while the work at
 * hand asks for more: a file may have thousands of things that are wrong, and thousands of files have none.
 */
export class SourcePlaces {
  readonly #lines: () => readonly number[];
  readonly #parts: () => ReadonlyMap<string, Tree>;

  /** `read`: the parts of the text, by their names. */
  constructor(text: string, read: () => readonly Pick<TreeEntry, 'name' | 'value'>[]) {
    this.#lines = keptAWhile(() => lineStarts(text));
    this.#parts = keptAWhile(() => new Map(read().map(({ name, value }) => [name, value])));
  }

  /** Places in the part of a name, which begins at an offset. */
  of(name: string, at: number): FolderDocument['place'] {
    return (pointer = '') => {
      if (pointer === '') return this.at(at);
      const root = this.#parts().get(name);
      return this.at(root === undefined ? 0 : offsetOf(root, pointer));
    };
  }

  /** The place of an offset. */
  at(offset: number): Place {
    const lines = this.#lines();
    let [low, high] = [0, lines.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((lines[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (lines[low] as number) + 1 };
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}

/** Makes something once for all that a piece of work asks of it: a weak reference holds what it has given until that piece ends. */
function keptAWhile<T extends object>(make: () => T): () => T {
  let kept: WeakRef<T> | undefined;
  return () => {
    const known = kept?.deref();
    if (known) return known;
    const made = make();
    kept = new WeakRef(made);
    return made;
  };
}
