import {
  type ChangeSet,
  type EntityManager,
  type EntityMetadata,
  type EntityProperty,
  type FindOptions,
  helper,
  Utils,
} from '@mikro-orm/core';
import { GLOBAL_TENANT, type SyncDefinition, type Tenant, TenantryError, tenantId } from '@tenantry/protocol';
import { addressAfter, keyStart } from '@tenantry/protocol/internal';
import { createPayloadCodec, encodeEnvelope, encodeRecordId, ownerOf } from '@tenantry/protocol/wire';
import { fromColumns } from '../database/key-form.ts';
import { findEntities, findMapped, type OwnFindOptions } from '../database/own-queries.ts';
import { isHookedOnLoad, NeedsEntity, type PlainRows, plainRowsOf } from '../database/plain-rows.ts';
import {
  isKeyable,
  isOwnedCollection,
  isReplicated,
  replicatedValue,
  scalarOf,
  whereTexts,
} from './entity-property.ts';
import type { PresentState, ReplicatedDefinition, UnpublishablePlace } from './replicated-definition.ts';

/** One entity opted in to replication: what its metadata and its definition say together. */
export class ReplicatedEntity implements ReplicatedDefinition {
  readonly name: string;
  readonly sync: SyncDefinition;
  readonly meta: EntityMetadata<object>;
  /** Properties to select, key and tenant properties included. */
  readonly fields: readonly string[];
  /** Many-to-many collections to load the keys of. */
  readonly collections: readonly string[];
  readonly where = {};
  /** A row spans several tables, so no single row lock orders its changes. */
  readonly spansTables: boolean;
  /** Which properties of an update can move the record to other addresses or another tenant. */
  readonly addressProperties: readonly string[];
  readonly #replicated: readonly EntityProperty<object>[];
  /** What all addresses of a sync key and all owners begin with. */
  readonly #keys: readonly { readonly start: string; readonly properties: readonly string[] }[];
  readonly #ownerStart: string;
  readonly #codec = createPayloadCodec();
  /** Its table has rows of no other class. */
  readonly #isOneClass: boolean;
  #plainRows: PlainRows | 'none' | undefined;

  constructor(meta: EntityMetadata<object>, sync: SyncDefinition, hierarchy: readonly EntityMetadata<object>[]) {
    this.name = sync.name;
    this.sync = sync;
    this.meta = meta;
    this.#keys = Object.entries(sync.keys).map(([key, properties]) => ({
      start: keyStart(sync.name, key),
      properties,
    }));
    this.#ownerStart = ownerOf(sync.name, '');
    this.#isOneClass = hierarchy.length === 1;
    this.spansTables = hierarchy.some(each => each.inheritanceType === 'tpt');
    const properties = new Map(
      hierarchy.flatMap(each => Object.entries(each.properties) as [string, EntityProperty<object>][]),
    );
    this.#checkNames(properties);
    this.#replicated = [...properties.values()].filter(property => isReplicated(property, sync));
    const { tenant, keys } = sync;
    this.addressProperties = [...new Set([...(tenant ? [tenant] : []), ...Object.values(keys).flat()])];
    const keyed = [sync.tenant, ...Object.values(sync.keys).flat(), ...meta.primaryKeys];
    const selected = new Set([
      ...this.#replicated.map(property => property.name),
      ...keyed.filter(name => name !== undefined),
    ]);
    this.fields = [...selected];
    this.collections = this.#replicated.filter(isOwnedCollection).map(property => property.name);
  }

  readonly hasScopes = false;

  get hasTenants(): boolean {
    return this.sync.tenant !== undefined;
  }

  /** Without entities where those would show nothing else. */
  async findRows(em: EntityManager, where: object, options?: OwnFindOptions): Promise<object[]> {
    const plain = this.plainRows(em);
    if (!plain) return this.findEntities(em, where, options);
    const rows = await findMapped(em, this.meta, where, { ...options, fields: this.fields });
    try {
      return rows.map(row => plain.readMapped(row));
    } catch (error) {
      if (error instanceof NeedsEntity) return this.findEntities(em, where, options);
      throw error;
    }
  }

  /** The same as entities: lazy and key properties too, collections by their keys. */
  findEntities(em: EntityManager, where: object, options?: OwnFindOptions): Promise<object[]> {
    const collections = this.collections.map(name => `${name}:ref`);
    const lazy = this.#replicated.filter(property => property.lazy).map(property => property.name);
    // Named fields would leave out those of the leaves' own tables.
    const fields = this.spansTables
      ? { populate: [...lazy, ...collections] }
      : { fields: this.fields, populate: collections };
    return findEntities(em, this.meta, where, { ...options, ...fields } as unknown as FindOptions<
      object,
      never,
      never,
      never
    >);
  }

  plainRows(em: EntityManager): PlainRows | undefined {
    this.#plainRows ??= (this.#isOneClass && plainRowsOf(em, this.meta, this.fields)) || 'none';
    return this.#plainRows === 'none' || isHookedOnLoad(em, this.meta) ? undefined : this.#plainRows;
  }

  whereTenants(tenants: readonly string[]): object | undefined {
    const { tenant } = this.sync;
    // One that only a leaf's own table has is not found from here.
    const property = (this.meta.properties as Record<string, EntityProperty<object>>)[tenant ?? ''];
    return property && whereTexts(property, tenants);
  }

  /** Of an entity, or of plain data as a driver gives it. */
  recordIdOf(row: object): string {
    const values = row as Record<string, unknown>;
    const key = Utils.isEntity(row, true)
      ? Utils.getPrimaryKeyValues(row, this.meta)
      : this.meta.primaryKeys.map(name => scalarOf(values[name]));
    return encodeRecordId(key.some(Array.isArray) ? key.flat(Number.POSITIVE_INFINITY) : key);
  }

  /** Whether these values name a row, and another one than this. */
  hasOtherKey(values: object, recordId: string): boolean {
    const key = this.meta.primaryKeys.map(name => (values as Record<string, unknown>)[name]);
    return key.every(value => value !== undefined && value !== null) && this.recordIdOf(values) !== recordId;
  }

  /** The id that an update took from a row by changing its primary key; undefined where it kept it. */
  formerRecordId({ entity, originalEntity, payload }: ChangeSet<object>): string | undefined {
    const original = originalEntity as Record<string, unknown> | undefined;
    if (!original || !this.meta.primaryKeys.some(name => name in payload)) return undefined;
    const recordId = this.recordIdOf(this.loadedValues(entity, original, this.meta.primaryKeys));
    return recordId === this.recordIdOf(entity) ? undefined : recordId;
  }

  /** The named properties of what MikroORM remembers of a loaded row: it remembers them as the columns keep them. */
  loadedValues(entity: object, original: object, names: Iterable<string>): Record<string, unknown> {
    const { __meta, __platform } = helper(entity);
    const values = original as Record<string, unknown>;
    return Object.fromEntries(
      [...names].flatMap(name => {
        const property = (__meta.properties as Record<string, EntityProperty<object>>)[name];
        return property ? [[name, fromColumns(property, values[name], __platform)]] : [];
      }),
    );
  }

  ownerOf(recordId: string): string {
    return this.#ownerStart + recordId;
  }

  /** Where the row stands by the values of its properties; undefined where they do not tell. */
  tenantOf(values: object): Tenant | undefined {
    const { tenant } = this.sync;
    if (tenant === undefined) return GLOBAL_TENANT;
    const value = scalarOf((values as Record<string, unknown>)[tenant]);
    return value === null || value === undefined ? undefined : tenantId(value);
  }

  /** One address for each sync key whose values are all there: a row with a null in a key cannot be fetched by it. */
  addressesOf(values: object): string[] {
    const read = (name: string) => scalarOf((values as Record<string, unknown>)[name]);
    return this.#keys.flatMap(({ start, properties }) => addressAfter(start, properties, read) ?? []);
  }

  unpublishable(row: object | undefined): UnpublishablePlace {
    let tenant: Tenant | undefined = this.hasTenants ? undefined : GLOBAL_TENANT;
    try {
      if (!row) return { tenant, addresses: [] };
      tenant = this.tenantOf(row);
      return { tenant, addresses: this.addressesOf(row) };
    } catch {
      // What it stands under in Redis is known there.
      return { tenant, addresses: [] };
    }
  }

  /** Throws the typed error that sends the row to the dead rows: no tenant, not encodable, too large. */
  presentState(row: object, recordId: string): PresentState {
    const tenant = this.tenantOf(row);
    if (tenant === undefined)
      throw new TenantryError(
        'TENANT_MISSING',
        `"${this.name}" ${recordId} has no "${this.sync.tenant}": it belongs to no tenant and is not replicated.`,
      );
    const payload = this.#codec.encode(this.#plain(row));
    const { maxBytes } = this.sync;
    if (payload.length > maxBytes)
      throw new TenantryError(
        'PAYLOAD_TOO_LARGE',
        `"${this.name}" ${recordId} takes ${payload.length} bytes, its limit is ${maxBytes} (\`maxBytes\`): it is not replicated.`,
      );
    const owner = this.ownerOf(recordId);
    return {
      tenant,
      op: 'put',
      owner,
      addresses: this.addressesOf(row),
      encode: (version, updatedAt) => encodeEnvelope({ version, updatedAt, expiresAt: 0, owner, payload }),
    };
  }

  #plain(row: object): Record<string, unknown> {
    const plain: Record<string, unknown> = {};
    // A leaf of an inheritance tree has only its own part of the properties.
    const own = Utils.isEntity(row) ? helper(row).__meta.properties : row;
    for (const property of this.#replicated) {
      if (property.name in own)
        plain[property.name] = replicatedValue((row as Record<string, unknown>)[property.name], property);
    }
    return plain;
  }

  #checkNames(properties: ReadonlyMap<string, EntityProperty<object>>): void {
    const { tenant, keys, pick, omit } = this.sync;
    const mentioned: [string, readonly string[]][] = [
      ['`tenant`', tenant === undefined ? [] : [tenant]],
      ...Object.entries(keys).map(([key, names]): [string, readonly string[]] => [`key "${key}"`, names]),
      ['`pick`', pick ?? []],
      ['`omit`', omit ?? []],
    ];
    for (const [where, names] of mentioned) {
      for (const name of names) {
        const property = properties.get(name);
        const problem = !property
          ? 'has no property'
          : isKeyable(property) || !/tenant|key/.test(where)
            ? undefined
            : 'cannot key by';
        if (problem)
          throw new TenantryError(
            'INVALID_DEFINITION',
            `"${this.name}": ${this.meta.className} ${problem} "${name}", named in ${where}.`,
          );
      }
    }
  }
}
