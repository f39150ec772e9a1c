import type { AnyConfig, LoadedConfig } from '@tenantry/protocol';
import { configTimes, encodeConfigEnvelope } from '@tenantry/protocol/internal';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';

/** The record that Redis keeps of a load. */
export interface LoadedRecord {
  /** Where it stands, and its record's name. */
  readonly address: string;
  /** 0: it never was set. */
  readonly version: number;
  /** The value, or that there is none. */
  readonly op: 'put' | 'absent';
  readonly envelope: Buffer;
  /** When Redis drops it, ms since 1970; 0 never. */
  readonly dropAt: number;
}

/** Makes the record of a load: a value for its times, or for a while the absence of one. */
export type EncodeLoaded = (config: AnyConfig, loaded: LoadedConfig | undefined) => LoadedRecord;

/**
 * Returns the encoder of loads. `clock` gives ms since 1970, `random` 0 to 1 for the jitter of a config's `ttl`. Encoding throws a
 * `SyntaxError` for a text that is not JSON.
 */
export function createLoadedEncoder(clock: () => number, random: () => number): EncodeLoaded {
  const codec = createPayloadCodec();
  return (config, loaded) => {
    const now = clock();
    const { address, negativeTtlMs } = config;
    const { version = 0, json, updatedAt = now, expiresAt = 0 } = loaded ?? {};
    if (json === undefined || hasEnded(loaded, now)) {
      const dropAt = now + negativeTtlMs;
      const nothing = { owner: address, payload: Buffer.alloc(0), isAbsent: true };
      const envelope = encodeEnvelope({ version, updatedAt, expiresAt: dropAt, ...nothing });
      return { address, version, op: 'absent', envelope, dropAt };
    }
    const times = configTimes(config, expiresAt, now, random);
    const envelope = encodeConfigEnvelope(codec, address, { version, updatedAt, json, ...times });
    return { address, version, op: 'put', envelope, dropAt: times.dropAt };
  };
}

/** The source may have another clock, or none: what it gives may have ended. */
export function hasEnded(loaded: LoadedConfig | undefined, now: number): boolean {
  return loaded !== undefined && loaded.expiresAt > 0 && loaded.expiresAt <= now;
}
