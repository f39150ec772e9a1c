import { describeArrived, TenantryError } from './tenantry-error.ts';
import { parseVersion } from './version.ts';

/**
 * What stands under a sync key in Redis, and travels in the feed when small. Big-endian:
 *
 *     0   1  format, 1
 *     1   8  version
 *     9   8  updatedAt, ms since 1970
 *     17  8  expiresAt, ms since 1970, 0 for never
 *     25  2  length of the owner
 *     27  n  owner, ASCII: <source>:<record id>
 *     …      payload, msgpack
 */
export interface Envelope {
  readonly version: number;
  readonly updatedAt: number;
  /** 0: never. */
  readonly expiresAt: number;
  readonly owner: string;
  readonly payload: Uint8Array;
}

const FORMAT = 1;
const HEADER_BYTES = 27;
const PRINTABLE_ASCII = /^[\x21-\x7e]*$/;

/** Throws `INVALID_VERSION`, `INVALID_KEY` for an owner that is too long or not escaped, `INVALID_OPTION` for a time. */
export function encodeEnvelope({ version, updatedAt, expiresAt, owner, payload }: Envelope): Buffer {
  if (owner.length > 0xffff)
    throw new TenantryError('INVALID_KEY', `A record's name must be at most 65535 bytes, got ${owner.length}.`);
  // Written as one byte each: two owners that differ only above that would become one.
  if (!PRINTABLE_ASCII.test(owner))
    throw new TenantryError('INVALID_KEY', `A record's name must be escaped, got ${describeArrived(owner)}.`);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + owner.length + payload.byteLength);
  bytes.writeUInt8(FORMAT, 0);
  writeUInt64(bytes, parseVersion(version), 1);
  writeUInt64(bytes, checkTime('updatedAt', updatedAt), 9);
  writeUInt64(bytes, checkTime('expiresAt', expiresAt), 17);
  bytes.writeUInt16BE(owner.length, 25);
  bytes.write(owner, HEADER_BYTES, 'latin1');
  bytes.set(payload, HEADER_BYTES + owner.length);
  return bytes;
}

/** Throws `UNKNOWN_FORMAT` for a format of a later release and `MALFORMED_ENVELOPE` for anything that is not ours. */
export function decodeEnvelope(bytes: Buffer): Envelope {
  if (bytes.length > 0 && bytes[0] !== FORMAT)
    throw new TenantryError(
      'UNKNOWN_FORMAT',
      `The envelope has format ${bytes[0]}, this release reads ${FORMAT}: upgrade the reader.`,
    );
  const payloadAt = bytes.length < HEADER_BYTES ? Number.POSITIVE_INFINITY : HEADER_BYTES + bytes.readUInt16BE(25);
  if (payloadAt > bytes.length)
    throw new TenantryError(
      'MALFORMED_ENVELOPE',
      `The envelope is cut off: ${bytes.length} bytes. Something else wrote there.`,
    );
  return {
    version: readExact(bytes, 1, 'version', 1),
    updatedAt: readExact(bytes, 9, 'updatedAt', 0),
    expiresAt: readExact(bytes, 17, 'expiresAt', 0),
    owner: bytes.toString('latin1', HEADER_BYTES, payloadAt),
    payload: bytes.subarray(payloadAt),
  };
}

// NaN would be written as 0, which means "never".
function checkTime(name: string, ms: number): number {
  if (ms >= 0 && ms <= Number.MAX_SAFE_INTEGER) return ms;
  throw new TenantryError(
    'INVALID_OPTION',
    `\`${name}\` must be in ms since 1970, 0 or more, got ${describeArrived(ms)}.`,
  );
}

function writeUInt64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
  bytes.writeUInt32BE(Math.floor(value % 0x1_0000_0000), at + 4);
}

export function readUInt64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

function readExact(bytes: Buffer, at: number, name: string, least: number): number {
  const value = readUInt64(bytes, at);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new TenantryError(
    'MALFORMED_ENVELOPE',
    `The envelope's ${name} is ${describeArrived(value)}. Something else wrote there.`,
  );
}
