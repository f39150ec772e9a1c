import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import { parseVersion } from './version.ts';

/**
 * What stands under a sync key in Redis, and travels in the feed when small. Big-endian:
 *
 *     0   1  format: 1, 2 with freshUntil, 3 where the database is known to have nothing, 4 where the record has a newer state that
 *            cannot be published
 *     1   8  version; 0 in format 3 where there never was one
 *     9   8  updatedAt, ms since 1970
 *     17  8  expiresAt, ms since 1970, 0 for never
 *     25  2  length of the owner
 *     27  n  owner, ASCII: <source>:<record id>
 *     …   8  format 2 only: freshUntil, ms since 1970
 *     …      payload, msgpack; empty in format 3, and in format 4 where no state was published before
 */
export interface Envelope {
  readonly version: number;
  readonly updatedAt: number;
  /** 0: never. */
  readonly expiresAt: number;
  /** Until when a reader that could load it anew need not; 0 or left out: as long as the feed says nothing newer. */
  readonly freshUntil?: number;
  /** The database was asked and has nothing: remembered for a while, so that it is not asked again and again. */
  readonly isAbsent?: boolean;
  /** The database has a newer state, which cannot be published: the payload is of the last one that could, empty where there was none. */
  readonly isBehind?: boolean;
  readonly owner: string;
  readonly payload: Uint8Array;
}

const FORMATS = Object.freeze({ value: 1, freshUntil: 2, absent: 3, behind: 4 });
const HEADER_BYTES = 27;
const PRINTABLE_ASCII = /^[\x21-\x7e]*$/;

/** Throws `INVALID_VERSION`, `INVALID_KEY` for an owner that is too long or not escaped, `INVALID_OPTION` for a time. */
export function encodeEnvelope(envelope: Envelope): Buffer {
  const { version, updatedAt, expiresAt, owner, payload, freshUntil = 0, isAbsent, isBehind } = envelope;
  if (owner.length > 0xffff)
    throw new TenantryError('INVALID_KEY', `A record's name must be at most 65535 bytes, got ${owner.length}.`);
  // Written as one byte each: two owners that differ only above that would become one.
  if (!PRINTABLE_ASCII.test(owner))
    throw new TenantryError('INVALID_KEY', `A record's name must be escaped, got ${describeArrived(owner)}.`);
  const plain = freshUntil > 0 ? FORMATS.freshUntil : FORMATS.value;
  const format = isAbsent ? FORMATS.absent : isBehind ? FORMATS.behind : plain;
  const payloadAt = HEADER_BYTES + owner.length + (format === FORMATS.freshUntil ? 8 : 0);
  const bytes = Buffer.allocUnsafe(payloadAt + payload.byteLength);
  bytes.writeUInt8(format, 0);
  writeUInt64(bytes, isAbsent && version === 0 ? 0 : parseVersion(version), 1);
  writeUInt64(bytes, checkTime('updatedAt', updatedAt), 9);
  writeUInt64(bytes, checkTime('expiresAt', expiresAt), 17);
  bytes.writeUInt16BE(owner.length, 25);
  bytes.write(owner, HEADER_BYTES, 'latin1');
  if (format === FORMATS.freshUntil) writeUInt64(bytes, checkTime('freshUntil', freshUntil), payloadAt - 8);
  bytes.set(payload, payloadAt);
  return bytes;
}

/** Throws `UNKNOWN_FORMAT` for a format of a later release and `MALFORMED_ENVELOPE` for anything that is not ours. */
export function decodeEnvelope(bytes: Buffer): Envelope {
  const format = bytes[0] ?? FORMATS.value;
  if (format < FORMATS.value || format > FORMATS.behind)
    throw new TenantryError(
      'UNKNOWN_FORMAT',
      `The envelope has format ${format}, this release reads ${FORMATS.value} to ${FORMATS.behind}: upgrade the reader.`,
    );
  const hasFreshUntil = format === FORMATS.freshUntil;
  const ownerEnd = bytes.length < HEADER_BYTES ? Number.POSITIVE_INFINITY : HEADER_BYTES + bytes.readUInt16BE(25);
  const payloadAt = ownerEnd + (hasFreshUntil ? 8 : 0);
  if (payloadAt > bytes.length)
    throw new TenantryError(
      'MALFORMED_ENVELOPE',
      `The envelope is cut off: ${bytes.length} bytes. Something else wrote there.`,
    );
  const isAbsent = format === FORMATS.absent;
  const envelope = {
    version: readExact(bytes, 1, 'version', isAbsent ? 0 : 1),
    updatedAt: readExact(bytes, 9, 'updatedAt', 0),
    expiresAt: readExact(bytes, 17, 'expiresAt', 0),
    owner: bytes.toString('latin1', HEADER_BYTES, ownerEnd),
    payload: bytes.subarray(payloadAt),
  };
  // Most are of this format, and an object that is put together takes as long as the rest.
  if (format === FORMATS.value) return envelope;
  return {
    ...envelope,
    ...(hasFreshUntil ? { freshUntil: readExact(bytes, ownerEnd, 'freshUntil', 0) } : undefined),
    ...(isAbsent ? { isAbsent } : undefined),
    ...(format === FORMATS.behind ? { isBehind: true } : undefined),
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

/** A 64-bit integer at this offset; above 2^53 it is not exact. */
export function readUInt64(bytes: Buffer, at: number): number {
  const high = bytes.readUInt32BE(at);
  const low = bytes.readUInt32BE(at + 4);
  // By itself a small integer. Multiplied with 2^32, V8 keeps even a 0 in 16 bytes of its own, once for each field that holds it.
  return high === 0 ? low : high * 0x1_0000_0000 + low;
}

function readExact(bytes: Buffer, at: number, name: string, least: number): number {
  const value = readUInt64(bytes, at);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new TenantryError(
    'MALFORMED_ENVELOPE',
    `The envelope's ${name} is ${describeArrived(value)}. Something else wrote there.`,
  );
}
