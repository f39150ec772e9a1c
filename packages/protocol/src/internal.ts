// For the packages of Tenantry, and for no application: any release may change these names without notice.

// The rules of configs that writers and readers share.

export { type ConfigTimes, configTimes, earlier, encodeConfigEnvelope } from './definitions/config-times.ts';
export { encodeConfigValue, isConfig, parseConfigValue } from './definitions/define-config.ts';
export { toJsonText } from './wire/json-text.ts';

// Option checks, and errors without values.

export {
  checkFunctionOption,
  checkOptionNames,
  checkWholeOption,
  LONGEST_TIMER_MS,
  refuseOption,
  withDefaults,
} from './errors/option-checks.ts';
export { describeArrived } from './errors/tenantry-error.ts';
export { withoutValues } from './errors/without-values.ts';
