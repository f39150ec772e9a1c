import { type Collection, type EntityMetadata, helper, type MikroORM, Reference, Utils } from '@mikro-orm/core';
import type { SyncDefinition } from '@tenantry/protocol';
import { encodeRecordId, ownerOf, refAddress } from '@tenantry/protocol/wire';
import type { SyncEntry } from './definitions/definition-registry.ts';

/** What stands under one key of Redis. */
export interface Standing {
  readonly owner: string;
  readonly version: number;
  readonly value: unknown;
}

/**
 * What should stand in Redis for the rows that are in the database now, by `tenant/address`. A second implementation of what is
 * replicated, on purpose: it must share no code with the first, or both would be wrong alike.
 */
export async function expectedKeys(
  orm: Pick<MikroORM, 'em' | 'getMetadata'>,
  sync: readonly SyncEntry[],
): Promise<Record<string, Omit<Standing, 'version'>>> {
  const expected: Record<string, Omit<Standing, 'version'>> = {};
  for (const [entity, definition] of sync as readonly [object, SyncDefinition][]) {
    const storage = orm.getMetadata();
    const meta = storage.find(entity as never) as EntityMetadata<object>;
    const family = ([...storage] as EntityMetadata<object>[]).filter(
      each => each === meta || each.class.prototype instanceof meta.class,
    );
    const later = family
      .flatMap(each => each.props)
      .filter(({ lazy, kind, owner }) => lazy || (kind === 'm:n' && owner));
    const populate = [...new Set(later.map(({ name }) => name))] as never;
    const rows = await orm.em.fork().find(entity as never, {}, { filters: false, populate });
    for (const row of rows as Record<string, unknown>[]) {
      const tenant = definition.tenant === undefined ? '@global' : keyOf(row[definition.tenant]);
      if (tenant === null || tenant === undefined) continue;
      const key = meta.primaryKeys.flatMap(name => keyOf(row[name]));
      const standing = {
        owner: ownerOf(definition.name, encodeRecordId(key)),
        value: plainRow(row, (storage.find(row.constructor as never) ?? meta) as never, definition),
      };
      for (const [name, properties] of Object.entries(definition.keys)) {
        const values = Object.fromEntries(properties.map(property => [property, keyOf(row[property])]));
        if (Object.values(values).every(value => value !== null && value !== undefined))
          expected[`${tenant}/${refAddress(definition.name, name, properties, values)}`] = standing;
      }
    }
  }
  return Object.fromEntries(Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function plainRow(
  row: Record<string, unknown>,
  meta: { readonly props: readonly Prop[] },
  { pick, omit }: SyncDefinition,
): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const { name, kind, hidden, embedded, persist, owner, polymorphTargets, discriminatorMap } of meta.props) {
    if (embedded || persist === false || kind === '1:m' || ((kind === 'm:n' || kind === '1:1') && !owner)) continue;
    if (pick ? !pick.includes(name) : hidden || omit?.includes(name)) continue;
    plain[name] = polymorphTargets ? typedKey(row[name], discriminatorMap) : plainValue(row[name]);
  }
  return plain;
}

interface Prop {
  readonly name: string;
  readonly kind: string;
  readonly hidden?: boolean;
  readonly embedded?: unknown;
  readonly persist?: boolean;
  readonly owner?: boolean;
  readonly polymorphTargets?: unknown;
  readonly discriminatorMap?: Readonly<Record<string, unknown>>;
}

function typedKey(value: unknown, types: Readonly<Record<string, unknown>> = {}): unknown {
  const entity = Reference.isReference(value) ? value.unwrap() : value;
  if (!Utils.isEntity(entity, true)) return null;
  const [type] = Object.entries(types).find(([, each]) => each === entity.constructor) ?? [];
  return [type, keyOf(entity)];
}

function plainValue(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
  if (Utils.isCollection(value)) return linksOf(value);
  if (Utils.isScalarReference(value)) return plainValue(value.unwrap());
  if (Reference.isReference(value) || Utils.isEntity(value, true)) return keyOf(value);
  if (Array.isArray(value)) return (value as unknown[]).map(plainValue);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainValue(each)]));
}

/** Only MySQL and MariaDB read them in an order of their own, which is kept. */
function linksOf(collection: Collection<object>): unknown[] {
  const { fixedOrder, orderBy } = collection.property;
  const links = collection.getIdentifiers() as (string | number)[];
  if (fixedOrder || orderBy || helper(collection.owner).__platform.supportsUnsigned()) return links;
  return links.sort((a, b) => (a < b ? -1 : 1));
}

/** A relation counts as the other row's key, a composite one as its parts. */
function keyOf(value: unknown): unknown {
  const entity = Reference.isReference(value) ? value.unwrap() : value;
  if (!Utils.isEntity(entity, true)) return entity;
  const parts = helper(entity).getPrimaryKeys()?.flat(2);
  return parts?.length === 1 ? parts[0] : parts;
}
