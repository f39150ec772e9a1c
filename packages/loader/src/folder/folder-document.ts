import type { Scope } from '@tenantry/protocol';

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
