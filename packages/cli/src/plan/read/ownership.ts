import { originPrefix } from '@tenantry/loader/folder';

/** Whose the files are, and what they do to values of others: as for `tenantry load`. */
export interface Ownership {
  /** The name of this loader, which is in the origin of all that it sets. */
  readonly name: string;
  readonly policy: 'seed' | 'report' | 'overwrite';
}

/** Whether this loader has set what has this origin. */
export function isMine({ name }: Pick<Ownership, 'name'>, origin: string | undefined): boolean {
  return origin?.startsWith(originPrefix(name)) ?? false;
}
