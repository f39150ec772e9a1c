import { type EntityMetadata, EntitySchema, Type } from '@mikro-orm/core';
import type { ShapeName } from './draw-world.ts';

/** A shape's entities, of one ORM only: discovery leaves in them what the naming strategy said. */
export interface ShapeEntities {
  readonly all: readonly EntitySchema[];
  /** The one that is replicated. */
  readonly root: EntitySchema;
  /** The class of a slot's row. */
  of(slot: number): EntitySchema;
  /** Rows of its many-to-many table, where it has one. */
  readonly items?: EntitySchema;
  readonly parts?: EntitySchema;
}

export type OpenShapes = ReadonlyMap<ShapeName, ShapeEntities>;

export function openShapes(names: readonly ShapeName[]): OpenShapes {
  return new Map(names.map(name => [name, entitiesOf[name]()]));
}

/** Text in JavaScript, 16 bytes in the database. */
class BinaryUuid extends Type<string, Buffer> {
  override convertToDatabaseValue(value: string): Buffer {
    return Buffer.from(value.replaceAll('-', ''), 'hex');
  }
  override convertToJSValue(value: Buffer): string {
    return value.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
  override getColumnType(): string {
    return 'binary(16)';
  }
}

const id = { type: 'integer', primary: true, autoincrement: false };
const changed = { type: 'datetime', length: 0 };
const row = {
  slot: { type: 'integer' },
  tenantId: { type: 'string', length: 128 },
  n: { type: 'integer' },
  stamp: { type: 'string', length: 64 },
};
const schema = (name: string, properties: object, more: object = {}): EntitySchema =>
  new EntitySchema({ name, tableName: `shape_${name.toLowerCase()}`, properties, ...more } as never);

const alone = (name: string, properties: object): ShapeEntities => {
  const root = schema(name, { ...properties, ...row });
  return { all: [root], root, of: () => root };
};

function family(name: string, root: Partial<EntityMetadata>, leaf: (kind: string) => object): ShapeEntities {
  const base = schema(name, { id, ...row }, { abstract: true, ...root });
  const leaves = ['even', 'odd'].map(kind =>
    schema(`${name}${kind}`, { [kind]: { type: 'integer' } }, { extends: base, ...leaf(kind) }),
  );
  return {
    all: [base, ...leaves],
    root: base,
    of: slot => leaves[slot % 2] as EntitySchema,
  };
}

const entitiesOf: Readonly<Record<ShapeName, () => ShapeEntities>> = {
  uuid: () => alone('Uuid', { id: { type: BinaryUuid, primary: true }, label: { type: BinaryUuid, unique: true } }),
  composite: () => alone('Composite', { region: { type: 'string', length: 20, primary: true }, place: { ...id } }),
  sti: () =>
    family('Sti', { discriminatorColumn: 'kind' as never }, kind => ({
      tableName: undefined,
      discriminatorValue: kind,
    })),
  tpt: () => family('Tpt', { inheritance: 'tpt' as never }, () => ({})),
  pivot: () => {
    const part = schema('Part', { id });
    const bundle: EntitySchema = schema('Bundle', {
      id,
      ...row,
      parts: { kind: 'm:n', entity: () => part, pivotEntity: () => items },
    });
    const items = schema('BundlePart', {
      bundle: { kind: 'm:1', entity: () => bundle, primary: true, deleteRule: 'cascade' },
      part: { kind: 'm:1', entity: () => part, primary: true },
      amount: { type: 'integer', default: 1 },
    });
    return { all: [part, bundle, items], root: bundle, of: () => bundle, items, parts: part };
  },
  json: () => alone('Json', { id, body: { type: 'json' }, list: { type: 'json' }, changed }),
  dates: () =>
    alone('Dates', {
      at: { type: 'datetime', length: 0, primary: true },
      changed,
      day: { type: 'date' },
    }),
};
