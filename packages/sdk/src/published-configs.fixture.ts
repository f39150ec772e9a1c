import { type AnyConfig, defineConfig } from '@tenantry/protocol';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';
import type { RecordChange } from '@tenantry/redis';
import { z } from 'zod';

/** What is not about budgets must not depend on them: at the defaults a busy machine would miss some. */
export const PATIENT = { cacheTimeout: '15s', databaseTimeout: '15s' } as const;

export const limits = defineConfig({ name: 'limits', schema: z.object({ most: z.number() }), ...PATIENT });

export const feature = defineConfig({
  name: 'feature',
  schema: z.object({ on: z.boolean() }),
  default: { on: false },
  ...PATIENT,
});

const codec = createPayloadCodec();

/** A config's times in Redis, ms since 1970. */
export interface PutTimes {
  readonly updatedAt?: number;
  readonly expiresAt?: number;
  readonly freshUntil?: number;
  /** When Redis drops it. */
  readonly dropAt?: number;
}

/** A config's value as a writer brings it into Redis. */
export function configPut({ address }: AnyConfig, version: number, value: unknown, times: PutTimes = {}): RecordChange {
  const { updatedAt = 1_000 + version, expiresAt = 0, freshUntil = 0, dropAt = expiresAt } = times;
  const envelope = { version, updatedAt, expiresAt, freshUntil, owner: address };
  return {
    ...announced({ address }, version),
    expiresAt: dropAt,
    envelope: encodeEnvelope({ ...envelope, payload: codec.encode(value) }),
  };
}

/** A new version whose value Redis does not keep. */
export function announced({ address }: Pick<AnyConfig, 'address'>, version: number): RecordChange {
  return { owner: address, version, op: 'put', addresses: [address] };
}

export function configUnset({ address }: AnyConfig, version: number): RecordChange {
  return { owner: address, version, op: 'delete', addresses: [] };
}

/** The config is deregistered; its row stays. */
export function configRetired({ address }: AnyConfig, version: number): RecordChange {
  return { owner: address, version, op: 'retire', addresses: [], evenIfKnown: true };
}
