// What both sides share.

export type { ConfigSource, LoadedConfig } from './config-source.ts';
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
} from './define-config.ts';
export {
  DEFAULT_MAX_BYTES,
  defineSync,
  ownerOf,
  refAddress,
  type SyncDefinition,
  type SyncOptions,
} from './define-sync.ts';
export type { Definition } from './definition.ts';
export { type Duration, parseDuration } from './duration.ts';
export type { DefaultedRef, Ref } from './ref.ts';
export type { KeyProperty, Property, Replicated } from './replicated.ts';
export { GLOBAL_TENANT, type Tenant, tenantId } from './tenant-id.ts';

// What goes wrong: docs/errors.md.

export {
  describeArrived,
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  TenantryError,
  type TenantryErrorOptions,
  type ValueIssue,
} from './tenantry-error.ts';
export { withoutValues } from './without-values.ts';

// What is on the wire: docs/wire.md.

export { type ConfigTimes, configTimes, earlier, encodeConfigEnvelope } from './config-times.ts';
export { decodeEnvelope, type Envelope, encodeEnvelope } from './envelope.ts';
export {
  type ChangeHead,
  type ChangeOp,
  createFeedCodec,
  type FeedChange,
  type FeedCodec,
  type FeedMessage,
} from './feed-message.ts';
export { toJsonText } from './json-text.ts';
export { decodeRecordId, encodeKeyValue, encodeRecordId, type KeyValue } from './key-value.ts';
export { createPayloadCodec, deepFreeze, type PayloadCodec } from './payload.ts';
export { createRedisNames, DEFAULT_PREFIX, type RedisNames, type TenantNames } from './redis-names.ts';
export { isNewer, parseVersion } from './version.ts';

// How every package checks its options at the door.

export {
  checkFunctionOption,
  checkOptionNames,
  checkWholeOption,
  LONGEST_TIMER_MS,
  refuseOption,
  withDefaults,
} from './option-checks.ts';
