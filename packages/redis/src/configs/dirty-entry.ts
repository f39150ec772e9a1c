import { TenantryError } from '@tenantry/protocol';
import { createRandomBytes } from '../scripts/random-bytes.ts';

/** What a flush needs to know of a write, whatever became of its definition meanwhile. */
export interface DirtyWrite {
  readonly name: string;
  readonly configKey: string;
  /** JSON text; null: it was unset. */
  readonly json: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly origin: string;
  /** From where it was written; null where nobody said it. */
  readonly via?: string | null;
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

const BODY_AT = 40;

/** Writes and reads dirty entries; the scripts know the part before the body. */
export interface DirtyCodec {
  /** Without the version, which the script puts before it. */
  encode(writeId: string, write: DirtyWrite): string;
  /** `MALFORMED_ENVELOPE` for what is not one. */
  decode(owner: string, bytes: Buffer): DirtyEntry;
}

const FRESH = '0'.repeat(16);

/** Text but for the version: JSON has no line feeds of its own, so they part its pieces. */
export const dirtyCodec: DirtyCodec = Object.freeze({
  encode(writeId: string, write: DirtyWrite): string {
    const { name, configKey, json, actor, reason, origin, expiresAt, freshUntil, dropAt, at, via } = write;
    const fields = [name, configKey, actor, reason, origin, expiresAt, freshUntil, dropAt, at];
    // Left out where there is none: an entry of most writes is what it was before there was such a field.
    const head = JSON.stringify(via ? [...fields, via] : fields);
    return `${writeId}${FRESH}${head}\n${json ?? ''}`;
  },

  decode(owner: string, bytes: Buffer): DirtyEntry {
    const [head = '', json = '', error = ''] = bytes.toString('utf8', BODY_AT).split('\n');
    try {
      const [name, configKey, actor, reason, origin, expiresAt, freshUntil, dropAt, at, via = null] = JSON.parse(head);
      return {
        ...{ owner, name, configKey, actor, reason, origin, expiresAt, freshUntil, dropAt, at, via, error },
        json: json === '' ? null : json,
        version: Number(bytes.readBigUInt64BE(0)),
        writeId: bytes.toString('latin1', 8, 24),
        attempts: Number(bytes.toString('latin1', 24, 27)),
        notBefore: Number(bytes.toString('latin1', 27, BODY_AT)),
      };
    } catch {
      // Without the cause, which may quote the value.
      throw new TenantryError(
        'MALFORMED_ENVELOPE',
        `A value that waits for the database takes ${bytes.length} bytes and is damaged. Something else wrote there.`,
      );
    }
  },
});

/** Each names one write for ever. */
export function createWriteIds(): () => string {
  const random = createRandomBytes();
  return () => random(12).toString('base64url');
}
