import { randomBytes } from 'node:crypto';
import { createPayloadCodec, TenantryError } from '@tenantry/protocol';

/** What a flush needs to know of a write, whatever became of its definition meanwhile. */
export interface DirtyWrite {
  readonly name: string;
  readonly configKey: string;
  /** JSON text; null: it was unset. */
  readonly json: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly origin: string;
  /** When the value ends by itself, when readers want it anew, when Redis drops it: ms since 1970, 0 never. */
  readonly expiresAt: number;
  readonly freshUntil: number;
  readonly dropAt: number;
  /** When it was written, ms since 1970. */
  readonly at: number;
}

/** A write that Redis acknowledged and the database does not have. */
export interface DirtyEntry extends DirtyWrite {
  /** Its record's name, and its address. */
  readonly owner: string;
  readonly version: number;
  readonly writeId: string;
  /** Flushes of it that failed by its own fault. */
  readonly attempts: number;
  /** Not tried again before, ms since 1970; of a dead letter: when it died. */
  readonly notBefore: number;
  /** Of a dead letter: why. */
  readonly error: string;
}

const BODY_AT = 37;

/** Writes and reads dirty entries; the scripts know the part before the body. */
export interface DirtyCodec {
  /** Without the version, which the script puts before it. */
  encode(writeId: string, write: DirtyWrite): Buffer;
  /** `MALFORMED_ENVELOPE` for what is not one. */
  decode(owner: string, bytes: Buffer): DirtyEntry;
}

export function createDirtyCodec(): DirtyCodec {
  const codec = createPayloadCodec();
  return {
    encode(writeId, { name, configKey, json, actor, reason, origin, expiresAt, freshUntil, dropAt, at }) {
      const body = codec.encode([name, configKey, json, actor, reason, origin, expiresAt, freshUntil, dropAt, at]);
      const head = Buffer.alloc(BODY_AT - 8);
      head.write(writeId, 0, 'latin1');
      head.writeUInt32BE(body.length, head.length - 4);
      return Buffer.concat([head, body]);
    },
    decode(owner, bytes) {
      const bodyEnd = bytes.length < BODY_AT ? Number.POSITIVE_INFINITY : BODY_AT + bytes.readUInt32BE(BODY_AT - 4);
      const body = bodyEnd <= bytes.length ? codec.decode(bytes.subarray(BODY_AT, bodyEnd)) : undefined;
      if (!Array.isArray(body) || typeof body[1] !== 'string')
        throw new TenantryError(
          'MALFORMED_ENVELOPE',
          `A value that waits for the database takes ${bytes.length} bytes and is damaged. Something else wrote there.`,
        );
      const [name, configKey, json, actor, reason, origin, expiresAt, freshUntil, dropAt, at] = body;
      return {
        ...{ owner, name, configKey, json, actor, reason, origin, expiresAt, freshUntil, dropAt, at },
        version: Number(bytes.readBigUInt64BE(0)),
        writeId: bytes.toString('latin1', 8, 24),
        attempts: bytes.readUInt8(24),
        notBefore: Number(bytes.readBigUInt64BE(25)),
        error: bytes.toString('utf8', bodyEnd),
      };
    },
  };
}

/** Names one write for ever. */
export const newWriteId = (): string => randomBytes(12).toString('base64url');
