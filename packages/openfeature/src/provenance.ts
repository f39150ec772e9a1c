import { type FlagMetadata, type ResolutionReason, StandardResolutionReasons } from '@openfeature/server-sdk';
import type { Entry } from '@tenantry/sdk';
import type { FlagOrigin } from './flag-origin.ts';

/** What an evaluation says of where its value comes from, and how far it can be trusted. */
export interface Provenance {
  readonly reason: ResolutionReason;
  /** `v<version>` of what is set; none for a default. */
  readonly variant?: string;
  readonly flagMetadata: FlagMetadata;
}

const { CACHED, DEFAULT, STALE, STATIC, TARGETING_MATCH } = StandardResolutionReasons;

/** The provenance of what an entry holds, or of a part of it. */
export function provenanceOf(entry: Entry<unknown>, origin: FlagOrigin): Provenance {
  const { version, scope } = origin;
  const { age } = entry;
  const reason = reasonOf(entry, origin);
  const about = {
    ...(scope === undefined ? undefined : { scope }),
    ...(age === undefined ? undefined : { ageMs: age }),
  };
  if (version === undefined) return { reason, flagMetadata: about };
  return { reason, variant: `v${version}`, flagMetadata: { version, ...about } };
}

// A value that may be old says so first: nobody can tell whether a default is still all that there is.
function reasonOf({ stale, freshUntil, origin }: Entry<unknown>, { scope, isOverride }: FlagOrigin): ResolutionReason {
  if (stale) return STALE;
  if (scope === 'default') return DEFAULT;
  if (freshUntil !== undefined && origin !== 'source') return CACHED;
  return isOverride ? TARGETING_MATCH : STATIC;
}
