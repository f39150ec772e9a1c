import { checkOptions, refuseOption, required, whole } from '@tenantry/protocol/internal';

/** A file that holds what the last process knew, to start from while Redis is away. */
export interface SnapshotFileOptions {
  /** Its own folder must be there, and be writable. One for each prefix and environment; the processes of one application may share it. */
  readonly path: string;
  /** What is older is not used, in ms. Default 86,400,000, a day. */
  readonly maxAgeMs?: number | undefined;
  /** The file is written at most this often, in ms, and only where something has changed. Default 10,000. */
  readonly writeEveryMs?: number | undefined;
}

/** The options with every default filled in. */
export type CheckedSnapshotFile = { readonly [P in keyof SnapshotFileOptions]-?: NonNullable<SnapshotFileOptions[P]> };

const DAY_MS = 86_400_000;

/** Throws `INVALID_OPTION`. */
export function checkSnapshotFile(options: SnapshotFileOptions | undefined): CheckedSnapshotFile | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null) refuseOption('snapshotFile', 'an object with a `path`', options);
  return checkOptions('snapshotFile', options, {
    path: required('the path of a file', path => typeof path === 'string' && path !== '' && !path.includes('\0')),
    maxAgeMs: whole(1, Number.MAX_SAFE_INTEGER, DAY_MS),
    writeEveryMs: whole(10, DAY_MS, 10_000),
  });
}
