import type { FolderDocument } from '@tenantry/loader/folder';
import type { ImportedEntry } from '../import-from/imported.ts';

/** What a scope should have of one config. */
export interface Desired {
  readonly scope: string;
  readonly config: string;
  /** The file, below its folder, and the hash of its bytes; undefined: it is another system's. */
  readonly source?: { readonly path: string; readonly sha256: string } | undefined;
  /** It says parts of the value: the rest of what stands stays. */
  readonly isPart?: boolean | undefined;
  /** JSON text, in which references to secrets stand as they are written. */
  readonly json: string;
  /** Where it is said, for people: `tenants/acme/limits.yaml:3:1`. */
  place(pointer?: string): string;
}

/** What a file says. */
export function desiredOfDocument({ scope, config, json, path, sha256, place }: FolderDocument): Desired {
  return {
    ...{ scope, config, json, source: { path, sha256 } },
    place(pointer) {
      const { line, column } = place(pointer);
      return `${path}:${line}:${column}`;
    },
  };
}

/** What a file of another system says. */
export function desiredOfImport({ scope, config, json, isPart, places }: ImportedEntry): Desired {
  const more = places.length > MOST_PLACES ? [`${places.length - MOST_PLACES} more`] : [];
  const place = [...places.slice(0, MOST_PLACES), ...more].join(', ');
  return { scope, config, json, isPart, place: () => place };
}

const MOST_PLACES = 3;
