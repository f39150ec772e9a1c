import type { AnyConfig, LoadedConfig } from '@tenantry/protocol';
import { configTimes, encodeConfigEnvelope } from '@tenantry/protocol/internal';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';
import type { Fill } from '@tenantry/redis';

/** What was loaded, as Redis keeps it from now on: a value for its times, or for a while that there is none. */
export type ToFill = (config: AnyConfig, loaded: LoadedConfig | undefined) => Fill;

export function createToFill(clock: () => number, random: () => number): ToFill {
  const codec = createPayloadCodec();
  return (config, loaded) => {
    const now = clock();
    const { address, negativeTtlMs } = config;
    const { version = 0, json, updatedAt = now, expiresAt = 0 } = loaded ?? {};
    if (json === undefined) {
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
