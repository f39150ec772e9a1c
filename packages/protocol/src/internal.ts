// For the packages of Tenantry, and for no application: any release may change these names without notice.

// The rules of configs that writers and readers share.

export { isConfig } from './definitions/config-definition.ts';
export { type ConfigTimes, configTimes, earlier, encodeConfigEnvelope } from './definitions/config-times.ts';
export { encodeConfigValue, parseConfigValue } from './definitions/config-value.ts';
export { addressAfter, keyStart } from './definitions/sync-key.ts';
export { toJsonText } from './wire/json-text.ts';
export { defineShared, isCopied } from './wire/share.ts';

// Option checks, errors without values, failures in a row, and pauses after them.

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
export {
  checkFunctionOption,
  checkOptionNames,
  checkWholeOption,
  LONGEST_TIMER_MS,
  refuseOption,
  withDefaults,
} from './errors/option-checks.ts';
export { type Pauses, pauseAfter } from './errors/pause-after.ts';
export { describeArrived } from './errors/tenantry-error.ts';
export { redisWordOf, withoutValues } from './errors/without-values.ts';
