// For the packages of Tenantry, and for no application: any release may change these names without notice.

// The rules of configs that writers and readers share.

export { isConfig } from './definitions/config-definition.ts';
export { type ConfigTimes, configTimes, earlier, encodeConfigEnvelope } from './definitions/config-times.ts';
export { encodeConfigValue, parseConfigValue } from './definitions/config-value.ts';
export { isRef, noRef } from './definitions/ref.ts';
export { addressAfter, keyStart } from './definitions/sync-key.ts';
export { jsonSchemaOf, type SchemaAnswer } from './schemas/json-schema.ts';
export { unnamedFields } from './schemas/unnamed-fields.ts';
export { wantedBySchema } from './schemas/wanted-by-schema.ts';
export { toJsonText } from './wire/json-text.ts';
export { deepFreeze, defineShared, isCopied } from './wire/share.ts';

// Changes of values: what a write makes of the present value, and what differs.

export {
  type ChangedValue,
  changedValues,
  checkRegrouped,
  type WantedChange,
  withChanges,
} from './changes/changed-values.ts';
export { deepMerge } from './changes/deep-merge.ts';
export { diffJson, type JsonPatchOperation } from './changes/json-diff.ts';
export { type NextValue, nextValue } from './changes/next-value.ts';
export { partAt } from './changes/part-at.ts';
export { hasMask, maskSecret, unmask } from './changes/secret-mask.ts';

// Scopes: which tenants they are, and what comes of their layers.

export { checkBroken } from './scopes/check-broken.ts';
export { checkAbove, checkBelow, checkKnown, noGroup } from './scopes/check-groups.ts';
export { checkInherited } from './scopes/check-inherited.ts';

export { defineGrants, GRANTS_NAME, type GrantsConfig } from './scopes/define-grants.ts';
export { defineGroups, GROUPS_NAME, type GroupsConfig, MOST_GROUPS } from './scopes/define-groups.ts';
export { type BrokenScopes, findBroken, type LayeredConfig } from './scopes/find-broken.ts';
export {
  type Chains,
  chainOf,
  chainsOf,
  faultOf,
  type Memberships,
  type SetValues,
  settersOf,
  valueFrom,
} from './scopes/layered-values.ts';
export { MASK, maskValue } from './scopes/mask-value.ts';
export {
  effectiveValue,
  type Layer,
  type Resolution,
  type ResolvedLayer,
  resolveLayers,
} from './scopes/resolve-layers.ts';
export { type ChainFault, DEEPEST_GROUPS, type ScopeChain, scopeChain } from './scopes/scope-chain.ts';
export {
  FIRST_TENANT_TEXT,
  groupOf,
  groupTenant,
  isOwnTenant,
  scopeOf,
  tenantOfScope,
  tenantOfText,
  tenantText,
} from './wire/scope.ts';

// Option checks, errors without values, several things at once, failures in a row, and pauses after them.

export { atMost } from './errors/at-most.ts';
export { Attempts, type AttemptsReport } from './errors/attempts.ts';
export {
  type CheckedOptions,
  checkedBy,
  checkOptions,
  flag,
  fn,
  type OptionRule,
  type OptionRules,
  oneOf,
  optional,
  required,
  whole,
} from './errors/check-options.ts';
export { errorLine } from './errors/error-line.ts';
export { checkLogger, type Log, type LogFields, type LogLevel, logError, logOf } from './errors/logger.ts';
export {
  checkFunctionOption,
  checkOptionNames,
  checkWholeOption,
  isPlainText,
  LONGEST_TIMER_MS,
  refuseOption,
  withDefaults,
} from './errors/option-checks.ts';
export { type Pauses, pauseAfter } from './errors/pause-after.ts';
export { describeArrived } from './errors/tenantry-error.ts';
export { redisWordOf, TRY_AGAIN, withoutValues } from './errors/without-values.ts';
