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

export function encodeEnvelope({ version, updatedAt, expiresAt, owner, payload }: Envelope): Buffer {
  const ownerBytes = Buffer.byteLength(owner, 'latin1');
  if (ownerBytes > 0xffff)
    throw new TenantryError('INVALID_KEY', `A record's name must be at most 65535 bytes, got ${ownerBytes}.`);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + ownerBytes + payload.byteLength);
  bytes.writeUInt8(FORMAT, 0);
  writeUInt64(bytes, parseVersion(version), 1);
  writeUInt64(bytes, updatedAt, 9);
  writeUInt64(bytes, expiresAt, 17);
  bytes.writeUInt16BE(ownerBytes, 25);
  bytes.write(owner, HEADER_BYTES, 'latin1');
  bytes.set(payload, HEADER_BYTES + ownerBytes);
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
    version: readVersion(bytes, 1),
    updatedAt: readUInt64(bytes, 9),
    expiresAt: readUInt64(bytes, 17),
    owner: bytes.toString('latin1', HEADER_BYTES, payloadAt),
    payload: bytes.subarray(payloadAt),
  };
}

export function writeUInt64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
  bytes.writeUInt32BE(value % 0x1_0000_0000, at + 4);
}

export function readUInt64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

function readVersion(bytes: Buffer, at: number): number {
  const version = readUInt64(bytes, at);
  if (Number.isSafeInteger(version) && version > 0) return version;
  throw new TenantryError(
    'MALFORMED_ENVELOPE',
    `The envelope's version is ${describeArrived(version)}. Something else wrote there.`,
  );
}
