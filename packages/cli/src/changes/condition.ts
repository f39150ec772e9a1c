import { Failure, wrongUse } from '../failures/failure.ts';

/** What was read of a record before it is written. */
export interface Seen {
  /** For people: `plan of tenants/acme`. */
  readonly what: string;
  /** 0: never written. */
  readonly version: number;
  readonly isSet: boolean;
  readonly etag: string | undefined;
}

/** The headers of a condition. */
export interface Condition {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** The condition of a write: that what was seen still stands; with `force` none. `CONFLICT` where not even `ifVersion` stands. */
export function conditionOf(
  seen: Seen,
  { ifVersion, force }: { readonly ifVersion?: number | undefined; readonly force: boolean },
): Condition {
  if (force && ifVersion !== undefined) throw wrongUse('--force and --if-version do not go together.');
  if (ifVersion !== undefined && ifVersion !== seen.version) throw conflict(seen.what, ifVersion, seen.version);
  if (force) return seen.isSet ? { ifMatch: '*' } : { ifNoneMatch: '*' };
  return { ifMatch: seen.etag };
}

/** Says of a write that came too late which version was seen, and which one stands. */
export async function withConflict<T>(seen: Seen, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'CONFLICT')) throw error;
    const { currentVersion } = error.details;
    throw conflict(seen.what, seen.version, typeof currentVersion === 'number' ? currentVersion : undefined);
  }
}

function conflict(what: string, expected: number, standing: number | undefined): Failure {
  const now = standing === undefined ? 'at another version by now' : `at ${nameOf(standing)}`;
  return new Failure('CONFLICT', `${what} is ${now}, not at ${nameOf(expected)}: nothing was written.`, {
    details: { expectedVersion: expected, currentVersion: standing },
  });
}

function nameOf(version: number): string {
  return version === 0 ? 'version 0 (never set)' : `version ${version}`;
}
