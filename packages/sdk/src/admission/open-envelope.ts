import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { parseConfigValue } from '@tenantry/protocol/internal';
import { createPayloadCodec, decodeEnvelope } from '@tenantry/protocol/wire';
import type { StoredRecord } from '../memory/stored-record.ts';

/** The head of an envelope, and its payload on demand: memory has most replies already. */
export interface OpenedEnvelope {
  readonly owner: string;
  readonly version: number;
  readonly updatedAt: number;
  readonly expiresAt: number;
  readonly freshUntil: number;
  /** A reader asked the database, which has nothing. */
  readonly isAbsent: boolean;
  /** The record has a newer state, which cannot be published. */
  readonly isBehind: boolean;
  /** None of its states could be published. */
  readonly isNever: boolean;
  /** Throws `MALFORMED_ENVELOPE` where the payload cannot be decoded, `INVALID_VALUE` where the config's schema refuses it. */
  record(config?: AnyConfig): StoredRecord;
}

/** Throws `UNKNOWN_FORMAT` or `MALFORMED_ENVELOPE`. */
export type OpenEnvelope = (bytes: Buffer) => OpenedEnvelope;

/** `keepsPayloads`: the records of configs come with their bytes. */
export function createEnvelopeOpener(keepsPayloads = false): OpenEnvelope {
  const codec = createPayloadCodec();
  return bytes => {
    const {
      owner,
      version,
      updatedAt,
      expiresAt,
      payload,
      freshUntil = 0,
      isAbsent = false,
      isBehind = false,
    } = decodeEnvelope(bytes);
    return {
      owner,
      version,
      updatedAt,
      expiresAt,
      freshUntil,
      isAbsent,
      isBehind,
      isNever: isBehind && payload.length === 0,
      record(config) {
        try {
          // A schema may add missing defaults to the value, so it gets an object of its own. It is not asked about one scope of several.
          const value =
            config?.inherit === 'none' ? parseConfigValue(config, codec.decodeOwn(payload)) : codec.decode(payload);
          const record = { owner, version, updatedAt, expiresAt, freshUntil, value };
          // A copy: the bytes of a reply are a part of many more.
          return config && keepsPayloads ? { ...record, payload: Buffer.from(payload) } : record;
        } catch (cause) {
          if (cause instanceof TenantryError && cause.code !== 'MALFORMED_ENVELOPE') throw cause;
          throw new TenantryError(
            'MALFORMED_ENVELOPE',
            `The payload of ${owner}, version ${version}, cannot be decoded: it is not shown. Publish the record again.`,
            cause instanceof TenantryError ? { cause } : {},
          );
        }
      },
    };
  };
}

/** Makes any error of a read a `TenantryError`. */
export function asTenantryError(error: unknown): TenantryError {
  if (error instanceof TenantryError) return error;
  return new TenantryError(
    'UNAVAILABLE',
    `Redis could not be read (${error instanceof Error ? error.message : 'unknown'}). Try again later.`,
    { cause: error },
  );
}
