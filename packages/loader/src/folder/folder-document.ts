import type { Scope } from '@tenantry/protocol';
import { offsetOf, type Tree } from '../documents/tree.ts';

/** A place in a file, both from 1; the column in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What one file says of one config of one scope. */
export interface FolderDocument {
  readonly scope: Scope;
  /** The config's name as it is written; `@groups` for the groups of the scope. */
  readonly config: string;
  /** The value as JSON text, in the order of the file. References to secrets stand in it as they are written. */
  readonly json: string;
  /** The file, below the folder that was scanned, with `/`. */
  readonly path: string;
  /** Of the file's bytes, in hex. */
  readonly sha256: string;
  /** Where the part at a JSON Pointer stands in the file; of a part that is not there, the nearest one around it. Default: the value itself. */
  place(pointer?: string): Place;
}

/**
 * Finds places in a text: that of the value itself, which is known (`at`), and those in it, for each of which the text is read again: they are asked
 * for where something is wrong.
 */
export function placesIn(text: string, at: number, tree: () => Tree | undefined): FolderDocument['place'] {
  return (pointer = '') => {
    if (pointer === '') return placeAt(text, at);
    const root = tree();
    return placeAt(text, root === undefined ? 0 : offsetOf(root, pointer));
  };
}

/** Line and column of an offset. */
export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}
