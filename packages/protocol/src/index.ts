// What both sides share.

export type { ConfigSource, LoadedConfig } from './definitions/config-source.ts';
export {
  type AnyConfig,
  type ConfigDefinition,
  type ConfigOptions,
  configAddress,
  type DefaultedConfig,
  type Durability,
  defineConfig,
  encodeConfigValue,
  isConfig,
  parseConfigValue,
  type WritePolicy,
} from './definitions/define-config.ts';
export {
  DEFAULT_MAX_BYTES,
  defineSync,
  ownerOf,
  refAddress,
  type SyncDefinition,
  type SyncOptions,
} from './definitions/define-sync.ts';
export type { Definition } from './definitions/definition.ts';
export { type Duration, parseDuration } from './definitions/duration.ts';
export type { DefaultedRef, Ref } from './definitions/ref.ts';
export type { KeyProperty, Property, Replicated } from './definitions/replicated.ts';
export { GLOBAL_TENANT, type Tenant, tenantId } from './wire/tenant-id.ts';

// What goes wrong: docs/reference/errors.md.

export {
  describeArrived,
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  TenantryError,
  type TenantryErrorOptions,
  type ValueIssue,
} from './errors/tenantry-error.ts';
export { withoutValues } from './errors/without-values.ts';

// What is on the wire: docs/reference/wire.md.

export { type ConfigTimes, configTimes, earlier, encodeConfigEnvelope } from './definitions/config-times.ts';
export { decodeEnvelope, type Envelope, encodeEnvelope } from './wire/envelope.ts';
export {
  type ChangeHead,
  type ChangeOp,
  createFeedCodec,
  type FeedChange,
  type FeedCodec,
  type FeedMessage,
} from './wire/feed-message.ts';
export { toJsonText } from './wire/json-text.ts';
export { decodeRecordId, encodeKeyValue, encodeRecordId, type KeyValue } from './wire/key-value.ts';
export { createPayloadCodec, deepFreeze, type PayloadCodec } from './wire/payload.ts';
export { createRedisNames, DEFAULT_PREFIX, type RedisNames, type TenantNames } from './wire/redis-names.ts';
export { isNewer, parseVersion } from './wire/version.ts';

// How every package checks its options at the door.

export {
  checkFunctionOption,
  checkOptionNames,
  checkWholeOption,
  LONGEST_TIMER_MS,
  refuseOption,
  withDefaults,
} from './errors/option-checks.ts';
