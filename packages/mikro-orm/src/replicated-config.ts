import type { EntityMetadata, FindOptions } from '@mikro-orm/core';
import {
  type AnyConfig,
  createPayloadCodec,
  encodeEnvelope,
  ownerOf,
  type PayloadCodec,
  parseVersion,
} from '@tenantry/protocol';
import type { ConfigRow } from './config-tables.ts';
import type { PresentState, PublishedSource } from './published-source.ts';

/** The rows of one config, of every tenant, on their way to Redis. */
export class ReplicatedConfig implements PublishedSource {
  readonly name: string;
  readonly definition: AnyConfig;
  readonly meta: EntityMetadata<object>;
  readonly hasTenants = true;
  readonly collections = [];
  readonly findOptions = { filters: false } as unknown as FindOptions<object, never, never, never>;
  readonly where: object;
  readonly #codec = createPayloadCodec();
  readonly #random: () => number;
  readonly #clock: () => number;

  constructor(meta: EntityMetadata<object>, definition: AnyConfig, clock: () => number, random: () => number) {
    this.name = sourceOfConfig(definition);
    this.definition = definition;
    this.meta = meta;
    this.where = { name: definition.configKey, version: { $gt: 0 }, deletedAt: null };
    this.#clock = clock;
    this.#random = random;
  }

  recordIdOf(row: object): string {
    return String((row as ConfigRow).id);
  }

  ownerOf(recordId: string): string {
    return ownerOf(this.name, recordId);
  }

  presentState(row: object): PresentState {
    const { tenant, value, version, deletedAt, expiresAt, updatedAt } = row as ConfigRow;
    const { address, cache } = this.definition;
    const state = { tenant, owner: address, version: parseVersion(Number(version)) };
    const endsAt = Number(expiresAt ?? 0);
    if (value === null || deletedAt !== null || (endsAt > 0 && endsAt <= this.#clock()))
      return { ...state, op: 'delete', addresses: [] };
    const put = { ...state, op: 'put', addresses: [address] } as const;
    // Only announced: whoever needs it loads it.
    if (cache !== 'replicated' || this.definition.writePolicy === 'write-around') return put;
    const times = configTimes(this.definition, endsAt, this.#clock(), this.#random);
    return {
      ...put,
      expiresAt: times.dropAt,
      encode: present =>
        encodeConfigEnvelope(this.#codec, address, {
          version: present,
          updatedAt: Number(updatedAt),
          json: value,
          ...times,
        }),
    };
  }
}

/** The name of a config's rows in the outbox. No entity's definition can have it. */
export function sourceOfConfig({ name }: AnyConfig): string {
  return `@config/${name}`;
}

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
  const payload = codec.encode(JSON.parse(json));
  return encodeEnvelope({ version, updatedAt, expiresAt, freshUntil, owner: address, payload });
}

function earlier(a: number, b: number): number {
  return a === 0 || b === 0 ? a + b : Math.min(a, b);
}
