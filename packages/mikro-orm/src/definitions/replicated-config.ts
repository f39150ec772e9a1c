import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import type { AnyConfig } from '@tenantry/protocol';
import { configTimes, encodeConfigEnvelope, tenantOfText } from '@tenantry/protocol/internal';
import { createPayloadCodec, ownerOf, parseVersion } from '@tenantry/protocol/wire';
import { findOwn, type OwnFindOptions } from '../database/own-queries.ts';
import { ownPlainRowsOf, type PlainRows } from '../database/plain-rows.ts';
import { Config, type ConfigRow } from '../tables/config-tables.ts';
import type { PresentState, ReplicatedDefinition } from './replicated-definition.ts';

/** The rows of one config, of every tenant, on their way to Redis. */
export class ReplicatedConfig implements ReplicatedDefinition {
  readonly name: string;
  readonly config: AnyConfig;
  readonly meta: EntityMetadata<object>;
  readonly hasTenants = true;
  readonly hasScopes = true;
  readonly collections = [];
  readonly readWith: object;
  readonly where: object;
  /** Deregistered: whatever was committed before is published as gone. */
  isRetired = false;
  readonly #codec = createPayloadCodec();
  #plainRows: PlainRows | undefined;
  readonly #random: () => number;
  readonly #clock: () => number;

  constructor(meta: EntityMetadata<object>, config: AnyConfig, clock: () => number, random: () => number) {
    this.name = outboxNameOf(config);
    this.config = config;
    this.meta = meta;
    this.readWith = meta;
    this.where = { name: config.configKey, version: { $gt: 0 }, deletedAt: null };
    this.#clock = clock;
    this.#random = random;
  }

  findRows(em: EntityManager, where: object, options?: OwnFindOptions): Promise<object[]> {
    return findOwn(em, Config, where, options);
  }

  plainRows(em: EntityManager): PlainRows {
    this.#plainRows ??= ownPlainRowsOf(em, this.meta);
    return this.#plainRows;
  }

  whereTenants(tenants: readonly string[]): object {
    return { tenant: { $in: tenants } };
  }

  recordIdOf(row: object): string {
    return String((row as ConfigRow).id);
  }

  ownerOf(recordId: string): string {
    return ownerOf(this.name, recordId);
  }

  presentState(row: object): PresentState {
    const { tenant, value, version, deletedAt, expiresAt, updatedAt } = row as ConfigRow;
    const { address, cache } = this.config;
    const state: Pick<PresentState, 'tenant' | 'owner' | 'version'> = {
      tenant: tenantOfText(tenant),
      owner: address,
      version: parseVersion(Number(version)),
    };
    const endsAt = Number(expiresAt ?? 0);
    if (this.isRetired || value === null || deletedAt !== null || (endsAt > 0 && endsAt <= this.#clock()))
      return { ...state, op: 'delete', addresses: [] };
    const put = { ...state, op: 'put', addresses: [address] } as const;
    // Only announced: whoever needs it loads it.
    if (cache !== 'replicated' || this.config.writePolicy === 'write-around') return put;
    const times = configTimes(this.config, endsAt, this.#clock(), this.#random);
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
export function outboxNameOf({ name }: Pick<AnyConfig, 'name'>): string {
  return `@config/${name}`;
}
