import { createPayloadCodec, decodeEnvelope, TenantryError } from '@tenantry/protocol';
import type { StoredRecord } from './slot.ts';

/** What stands in front of a payload, and the payload on demand: most replies turn out to be known already. */
export interface OpenedEnvelope {
  readonly owner: string;
  readonly version: number;
  readonly expiresAt: number;
  /** Throws `MALFORMED_ENVELOPE` where the payload cannot be decoded. */
  record(): StoredRecord;
}

/** Throws `UNKNOWN_FORMAT` or `MALFORMED_ENVELOPE`. */
export type OpenEnvelope = (bytes: Buffer) => OpenedEnvelope;

export function createEnvelopeOpener(): OpenEnvelope {
  const codec = createPayloadCodec();
  return bytes => {
    const { owner, version, updatedAt, expiresAt, payload } = decodeEnvelope(bytes);
    return {
      owner,
      version,
      expiresAt,
      record() {
        try {
          return { owner, version, updatedAt, expiresAt, value: codec.decode(payload) };
        } catch (cause) {
          throw new TenantryError(
            'MALFORMED_ENVELOPE',
            `The payload of ${owner}, version ${version}, cannot be decoded: it is not shown. Publish the record again.`,
            { cause },
          );
        }
      },
    };
  };
}

/** The same, for the callers that go on. */
export function asTenantryError(error: unknown): TenantryError {
  if (error instanceof TenantryError) return error;
  return new TenantryError(
    'UNAVAILABLE',
    `Redis could not be read (${error instanceof Error ? error.message : 'unknown'}). Try again later.`,
    { cause: error },
  );
}
