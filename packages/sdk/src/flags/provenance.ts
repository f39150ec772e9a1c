import type { Entry } from '../memory/entry.ts';
import type { FlagOrigin } from './flag-origin.ts';

/** Why a flag has its value, in OpenFeature's words. */
export type FlagReason = 'CACHED' | 'DEFAULT' | 'DISABLED' | 'STALE' | 'STATIC' | 'TARGETING_MATCH';

/** Where a value is set (`scope`), its `version`, and for how many ms the feed has not been live (`ageMs`). */
export type FlagMetadata = Readonly<Record<string, string | number>>;

/** What an evaluation says of where its value comes from, and how far it can be trusted. */
export interface Provenance {
  readonly reason: FlagReason;
  /** `v<version>` of what is set; none for a default. */
  readonly variant?: string;
  readonly flagMetadata: FlagMetadata;
}

/** The provenance of what an entry holds, or of a part of it. */
export function provenanceOf(entry: Entry<unknown>, origin: FlagOrigin): Provenance {
  const { version, scope } = origin;
  const flagMetadata: Record<string, string | number> = {};
  if (version !== undefined) flagMetadata.version = version;
  if (scope !== undefined) flagMetadata.scope = scope;
  if (entry.age !== undefined) flagMetadata.ageMs = entry.age;
  const reason = reasonOf(entry, origin);
  return version === undefined ? { reason, flagMetadata } : { reason, variant: `v${version}`, flagMetadata };
}

// A value that may be old says so first: nobody can tell whether a default is still all that there is.
function reasonOf({ stale, freshUntil, origin }: Entry<unknown>, { scope, isOverride }: FlagOrigin): FlagReason {
  if (stale) return 'STALE';
  if (scope === 'default') return 'DEFAULT';
  if (freshUntil !== undefined && origin !== 'source') return 'CACHED';
  return isOverride ? 'TARGETING_MATCH' : 'STATIC';
}
