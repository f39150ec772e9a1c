import { encodeEnvelope } from '../wire/envelope.ts';
import type { PayloadCodec } from '../wire/payload.ts';
import type { AnyConfig } from './config-definition.ts';

/** Until when a value that is written to Redis now is what. All in ms since 1970, 0 never. */
export interface ConfigTimes {
  /** The value itself ends. */
  readonly expiresAt: number;
  /** Readers that can load it anew need not until then. */
  readonly freshUntil: number;
  /** Redis drops it. */
  readonly dropAt: number;
}

/** `endsAt`: when the value itself ends, 0 never. */
export function configTimes(
  { ttlMs, ttlJitter, maxStaleMs, persistence }: AnyConfig,
  endsAt: number,
  now: number,
  random: () => number,
): ConfigTimes {
  const ttl = ttlMs === undefined ? undefined : Math.round(ttlMs * (1 + ttlJitter * (2 * random() - 1)));
  const until = ttl === undefined ? 0 : now + Math.max(1, ttl);
  // Nothing to load it from: the ttl is its life.
  if (persistence === 'none')
    return { expiresAt: earlier(endsAt, until), freshUntil: 0, dropAt: earlier(endsAt, until) };
  const staleUntil = until === 0 || maxStaleMs === undefined ? 0 : until + maxStaleMs;
  return { expiresAt: endsAt, freshUntil: until, dropAt: earlier(endsAt, staleUntil) };
}

/** A stored value as readers get it from Redis. */
export function encodeConfigEnvelope(
  codec: PayloadCodec,
  address: string,
  value: { version: number; updatedAt: number; json: string } & ConfigTimes,
): Buffer {
  const { version, updatedAt, json, expiresAt, freshUntil } = value;
  const payload = codec.encodeJson(json);
  return encodeEnvelope({ version, updatedAt, expiresAt, freshUntil, owner: address, payload });
}

/** Of two times of which 0 means never. */
export function earlier(a: number, b: number): number {
  return a === 0 || b === 0 ? a + b : Math.min(a, b);
}
