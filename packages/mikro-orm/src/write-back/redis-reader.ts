import type { AnyConfig } from '@tenantry/protocol';
import { createPayloadCodec, decodeEnvelope } from '@tenantry/protocol/wire';
import type { ActualConfig, ConfigWrites } from '@tenantry/redis';
import type { ConfigParts } from '../configs/config-parts.ts';
import { Deadline } from './deadline.ts';

/** A config that Redis has before the database does, or instead of it. */
export interface RedisConfig {
  readonly version: number;
  /** Undefined: it was unset, or has expired. */
  readonly json: string | undefined;
  /** ms since 1970. */
  readonly updatedAt: number;
  readonly updatedBy: string | null;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  /** False with `persistence: 'none'`: no flush is to follow. */
  readonly dirty: boolean;
}

/** Reads the configs that are written to Redis first. */
export class RedisReader {
  readonly #parts: Pick<ConfigParts, 'redis' | 'installation' | 'clock'>;
  readonly #writes: Pick<ConfigWrites, 'read'>;
  readonly #codec = createPayloadCodec();

  constructor(parts: Pick<ConfigParts, 'redis' | 'installation' | 'clock'>, writes: Pick<ConfigWrites, 'read'>) {
    this.#parts = parts;
    this.#writes = writes;
  }

  /** The configs that Redis has, by name: dirty values and, with `persistence: 'none'`, the value. */
  async present(tenant: string, definitions: readonly AnyConfig[]): Promise<ReadonlyMap<string, RedisConfig>> {
    const found = new Map<string, RedisConfig>();
    if (definitions.length === 0) return found;
    const deadline = new Deadline(Math.max(...definitions.map(({ cacheTimeoutMs }) => cacheTimeoutMs)));
    await deadline.wait('Reading from Redis', this.#parts.installation.ready());
    const read = await this.read(tenant, definitions, deadline);
    for (const [i, { name, persistence }] of definitions.entries()) {
      const there = read[i] as ActualConfig;
      if (there.dirty) {
        const { version, at, actor, expiresAt } = there.dirty;
        found.set(name, { version, json: this.jsonOf(there), updatedAt: at, updatedBy: actor, expiresAt, dirty: true });
      } else if (persistence === 'none' && there.envelope) {
        const { version, updatedAt, expiresAt } = decodeEnvelope(there.envelope);
        found.set(name, { version, json: this.jsonOf(there), updatedAt, updatedBy: null, expiresAt, dirty: false });
      }
    }
    return found;
  }

  /** The record of each config, in the order of the definitions. */
  read(tenant: string, definitions: readonly AnyConfig[], deadline: Deadline): Promise<ActualConfig[]> {
    const owners = definitions.map(({ address }) => address);
    return deadline.wait('Reading from Redis', this.#writes.read(this.#parts.redis, tenant, owners));
  }

  /** The JSON text of the value; undefined if nothing is set, or the value has expired. */
  jsonOf(there: Pick<ActualConfig, 'dirty' | 'envelope'>): string | undefined {
    return this.standing(there).json;
  }

  /** The same, and when it ends. */
  standing({ dirty, envelope }: Pick<ActualConfig, 'dirty' | 'envelope'>): Pick<RedisConfig, 'json' | 'expiresAt'> {
    if (dirty) {
      const { expiresAt, json } = dirty;
      return { expiresAt, json: this.#hasEnded(expiresAt) ? undefined : (json ?? undefined) };
    }
    if (!envelope) return { expiresAt: 0, json: undefined };
    const { expiresAt, payload } = decodeEnvelope(envelope);
    const isThere = payload !== undefined && !this.#hasEnded(expiresAt);
    return { expiresAt, json: isThere ? JSON.stringify(this.#codec.decode(payload)) : undefined };
  }

  #hasEnded(expiresAt: number): boolean {
    return expiresAt > 0 && expiresAt <= this.#parts.clock();
  }
}
