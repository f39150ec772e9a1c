import type { ChangeHead, FeedCodec } from '@tenantry/protocol/wire';
import type { FeedHead } from '../replica/feed-head.ts';

/** One change as a message carries it; an empty envelope: a reader reads it by itself. */
export interface MessagePart {
  readonly head: ChangeHead;
  readonly envelope: Buffer;
}

const FORMAT = 1;
const CHANGES = 1;
const FIXED_BYTES = 19;

/** The bytes that `APPEND_TO_FEED` makes in Redis, of changes that were applied. */
export function encodeMessage(
  { epoch, seq }: FeedHead,
  tag: Buffer,
  parts: readonly MessagePart[],
  codec: FeedCodec,
): Buffer {
  const start = Buffer.alloc(FIXED_BYTES);
  start.writeUInt8(FORMAT, 0);
  start.writeUInt8(CHANGES, 1);
  start.writeBigUInt64BE(BigInt(seq), 2);
  tag.copy(start, 10);
  start.writeUInt8(epoch.length, 18);
  const body = parts.flatMap(({ head, envelope }) => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(envelope.length);
    return [codec.encodeHead(head), size, envelope];
  });
  return Buffer.concat([start, Buffer.from(epoch, 'latin1'), ...body]);
}
