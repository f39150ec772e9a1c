import { type FlagMetadata, type ResolutionReason, StandardResolutionReasons } from '@openfeature/server-sdk';
import type { Entry } from '@tenantry/sdk';

/** What an evaluation says of where its value comes from, and how far it can be trusted. */
export interface Provenance {
  readonly reason: ResolutionReason;
  /** `v<version>` of the record; none for a default. */
  readonly variant?: string;
  readonly flagMetadata: FlagMetadata;
}

const { CACHED, DEFAULT, STALE, STATIC } = StandardResolutionReasons;

/** The provenance of what an entry holds. */
export function provenanceOf(entry: Entry<unknown>): Provenance {
  const { version, age } = entry;
  const ageMs = age === undefined ? undefined : { ageMs: age };
  if (version === undefined) return { reason: reasonOf(entry), flagMetadata: { scope: scopeOf(entry), ...ageMs } };
  return {
    reason: reasonOf(entry),
    variant: `v${version}`,
    flagMetadata: { version, scope: scopeOf(entry), ...ageMs },
  };
}

// A value that may be old says so first: nobody can tell whether a default is still all that there is.
function reasonOf({ stale, version, freshUntil, origin }: Entry<unknown>): ResolutionReason {
  if (stale) return STALE;
  if (version === undefined) return DEFAULT;
  return freshUntil !== undefined && origin !== 'source' ? CACHED : STATIC;
}

/** Whose value it is. A value that several tenants share would be named here, and `reasonOf` would tell an override by `TARGETING_MATCH`. */
function scopeOf({ version }: Entry<unknown>): 'tenant' | 'default' {
  return version === undefined ? 'default' : 'tenant';
}
