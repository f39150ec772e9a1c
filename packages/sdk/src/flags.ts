// What a flag of OpenFeature is in Tenantry, for providers and servers of flags. Needs nothing of OpenFeature's.

export {
  type EvaluatedFlag,
  evaluateFlag,
  type FlagError,
  type FlagErrorCode,
  flagErrorOf,
} from './flags/evaluate-flag.ts';
export { fieldPaths } from './flags/field-paths.ts';
export { type Flag, findFlag } from './flags/find-flag.ts';
export type { FlagTenant } from './flags/flag-origin.ts';
export { type NoFlagTenant, tenantIdOf } from './flags/flag-tenant.ts';
export { type FlagType, isOfType, typeName } from './flags/flag-type.ts';
export type { FlagMetadata, FlagReason, Provenance } from './flags/provenance.ts';
