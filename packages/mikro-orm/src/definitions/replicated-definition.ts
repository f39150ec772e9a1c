import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import type { Tenant } from '@tenantry/protocol';
import type { OwnFindOptions } from '../database/own-queries.ts';
import type { PlainRows } from '../database/plain-rows.ts';

/** A row's present state, ready to be applied. */
export interface PresentState {
  readonly tenant: Tenant;
  readonly op: 'put' | 'delete';
  /** The record's name in Redis. */
  readonly owner: string;
  /** The row's own version. Where it has none, the outbox gives it one. */
  readonly version?: number | undefined;
  readonly addresses: readonly string[];
  /** ms since 1970, when Redis drops it; 0 or left out: never. */
  readonly expiresAt?: number | undefined;
  /** Undefined: Redis does not keep the value. */
  readonly encode?: ((version: number, updatedAt: number) => Buffer) | undefined;
}

/** Where a record stands whose state cannot be published. */
export interface UnpublishablePlace {
  readonly tenant: Tenant | undefined;
  readonly addresses: readonly string[];
}

/** A table, or the rows of a table, that is brought into Redis: the entities of a definition, or one config of every tenant. */
export interface ReplicatedDefinition {
  /** Its name in the outbox. */
  readonly name: string;
  readonly meta: EntityMetadata<object>;
  /** False: its rows belong to the one global tenant. */
  readonly hasTenants: boolean;
  /** Its rows may belong to a scope that is no tenant of the application. */
  readonly hasScopes: boolean;
  /** Sources with the same one are read together: their rows are rows of one table, read alike. */
  readonly readWith?: object;
  /** Many-to-many collections that are read with a row. */
  readonly collections: readonly string[];
  /** Which of the table's rows are its own. */
  readonly where: object;
  /** Reads whole rows as they are now, whatever options the application has, in the transaction of this entity manager. */
  findRows(em: EntityManager, where: object, options?: OwnFindOptions): Promise<object[]>;
  /** How the same rows are read without entities. Undefined: only an entity shows what readers get of a row. */
  plainRows(em: EntityManager): PlainRows | undefined;
  /** Finds the rows of these tenants, perhaps some of others. Undefined: the column cannot be asked for them by name. */
  whereTenants(tenants: readonly string[]): object | undefined;
  recordIdOf(row: object): string;
  /** One text for each record of all definitions. */
  ownerOf(recordId: string): string;
  /** Where a row stands whose state cannot be published, as far as that can be told. Undefined: every state can be published. */
  unpublishable?(row: object | undefined): UnpublishablePlace;
  /** Throws the typed error that sends the row to the dead rows. */
  presentState(row: object, recordId: string): PresentState;
}
