import { createHash } from 'node:crypto';
import { GLOBAL_TENANT, type Tenant, TenantryError } from '@tenantry/protocol';
import { describeArrived } from '@tenantry/protocol/internal';
import type { FeedPosition } from './feed-head.ts';

/** A read token, taken apart: the message with this seq, or the beginning of the feed where seq is 0. */
export interface ReadToken extends FeedPosition {
  isOf(tenant: Tenant): boolean;
}

// Of the bytes: 1 format; 8 seq; 8 tag; 6 of the tenant's hash; the rest is the epoch, ASCII. 45 characters with an epoch of ours.
const FORMAT = 1;
const SEQ_AT = 1;
const TAG_AT = 9;
const TENANT_AT = 17;
const EPOCH_AT = 23;
const MOST_BYTES = EPOCH_AT + 255;
const SHAPE = /^[\w-]+$/;

/** A short text that names a moment of a tenant's feed, for `get` and `whenVisible` of any reader. It does not show the tenant. */
export function encodeReadToken(tenant: Tenant, { epoch, seq, tag }: FeedPosition): string {
  const bytes = Buffer.alloc(EPOCH_AT + epoch.length);
  bytes.writeUInt8(FORMAT, 0);
  bytes.writeBigUInt64BE(BigInt(seq), SEQ_AT);
  bytes.write(tag, TAG_AT, 'hex');
  hashOf(tenant).copy(bytes, TENANT_AT);
  bytes.write(epoch, EPOCH_AT, 'latin1');
  return bytes.toString('base64url');
}

/** Throws `INVALID_TOKEN` for any other text or value. */
export function decodeReadToken(token: unknown): ReadToken {
  if (typeof token !== 'string' || !SHAPE.test(token)) throw malformed(token);
  const bytes = Buffer.from(token, 'base64url');
  // A text that was cut, or that other characters came to, does not read back as itself.
  const isWhole = bytes.length >= EPOCH_AT && bytes.length <= MOST_BYTES && bytes.toString('base64url') === token;
  if (!isWhole || bytes[0] !== FORMAT) throw malformed(token);
  const seq = Number(bytes.readBigUInt64BE(SEQ_AT));
  const epoch = bytes.toString('latin1', EPOCH_AT);
  if (!Number.isSafeInteger(seq) || (seq === 0) !== (epoch === '')) throw malformed(token);
  const hash = bytes.subarray(TENANT_AT, EPOCH_AT);
  return {
    epoch,
    seq,
    tag: bytes.toString('hex', TAG_AT, TENANT_AT),
    isOf: tenant => hash.equals(hashOf(tenant)),
  };
}

/** The token of a feed in which nothing was ever published. */
export const BEGINNING: FeedPosition = Object.freeze({ epoch: '', seq: 0, tag: '' });

function hashOf(tenant: Tenant): Buffer {
  // No tenant's id begins with a control character.
  const name = tenant === GLOBAL_TENANT ? '\0global' : tenant;
  return createHash('sha256')
    .update(name)
    .digest()
    .subarray(0, EPOCH_AT - TENANT_AT);
}

function malformed(token: unknown): TenantryError {
  return new TenantryError(
    'INVALID_TOKEN',
    `A read token is the answer of \`readToken\`, got ${describeArrived(token)}.`,
  );
}
