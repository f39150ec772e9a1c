// The formats that stand in Redis and travel in the feed, as docs/reference/wire.md describes them: for programs that read Redis
// by themselves.

// Names, addresses and owners.

export { configAddress } from './definitions/config-definition.ts';
export { ownerOf, refAddress } from './definitions/sync-key.ts';
export { decodeRecordId, encodeKeyValue, encodeRecordId } from './wire/key-value.ts';
export { createRedisNames, DEFAULT_PREFIX, type RedisNames, type TenantNames } from './wire/redis-names.ts';

// Records, and the values in them.

export { decodeEnvelope, type Envelope, encodeEnvelope } from './wire/envelope.ts';
export { createPayloadCodec, type PayloadCodec } from './wire/payload.ts';
export { isNewer, parseVersion } from './wire/version.ts';

// The feed.

export {
  type ChangeHead,
  type ChangeOp,
  createFeedCodec,
  type FeedChange,
  type FeedCodec,
  type FeedMessage,
} from './wire/feed-message.ts';
