import { EntitySchema } from '@mikro-orm/core';
import { Embeddable, Embedded, Entity, OnLoad, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { at, Org, one, type Path, uuid } from './plain-types.fixture.ts';

// Tables of which a row is more, or less, than its columns.

abstract class Dated {
  id!: number;
  createdAt!: Date;
}
export const DatedSchema = new EntitySchema<Dated>({
  class: Dated as never,
  abstract: true,
  properties: { id: { type: 'integer', primary: true }, createdAt: { type: 'datetime' } },
});
export class Extending extends Dated {
  tenantId!: string;
  greet() {
    return `hello ${this.tenantId}`;
  }
}
export const ExtendingSchema = new EntitySchema<Extending, Dated>({
  class: Extending,
  extends: Dated as never,
  properties: { tenantId: { type: 'string' } },
});
// Loading calls no constructor, so nothing has private fields.
const kept = new WeakMap<object, unknown>();
@Entity({ tableName: 'accessed' })
class Accessed {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @Property({ type: 'string' }) tenantId!: string;
  @Property({ type: 'string', accessor: true })
  get name() {
    return `<${kept.get(this)}>`;
  }
  set name(name: string) {
    kept.set(this, name);
  }
}
@Entity({ tableName: 'loaded' })
class Loaded {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @Property({ type: 'string' }) tenantId!: string;
  @Property({ type: 'string' }) name!: string;
  @OnLoad() shout() {
    this.name = this.name.toUpperCase();
  }
}
class KeyShown {
  tenantId!: string;
  get id() {
    return kept.get(this) as number;
  }
  set id(id: number) {
    kept.set(this, id);
  }
}
const KeyShownSchema = new EntitySchema<KeyShown>({
  class: KeyShown,
  properties: { id: { type: 'integer', primary: true }, tenantId: { type: 'string' } },
});
@Entity({ tableName: 'rule', discriminatorColumn: 'kind', abstract: true })
abstract class Rule {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @Property({ type: 'string' }) tenantId!: string;
  @Property({ type: 'string' }) kind!: string;
}
@Entity({ discriminatorValue: 'flag' })
class FlagRule extends Rule {
  @Property({ type: 'boolean' }) isOn!: boolean;
}
@Embeddable()
class Address {
  @Property({ type: 'string' }) street!: string;
}
@Entity({ tableName: 'site' })
class Site {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @Property({ type: 'string' }) tenantId!: string;
  @Embedded(() => Address) inline!: Address;
}
const schemaOf = (name: string, properties: object) => new EntitySchema({ name, properties } as never);
const tenantId = { type: 'string' };
const tables: [Path, unknown, ...object[]][] = [
  ['plain', ExtendingSchema, { id: 1, tenantId: 'acme', createdAt: at }],
  ['plain', schemaOf('TextKey', { id: { type: 'string', primary: true }, tenantId }), { id: 'é/ %', tenantId: 'a' }],
  ['plain', schemaOf('UuidKey', { id: { type: 'uuid', primary: true }, tenantId }), { id: uuid, tenantId: 'a' }],
  ['plain', schemaOf('BigKey', { id: { type: 'bigint', primary: true }, tenantId }), { id: 2n ** 52n, tenantId: 'a' }],
  [
    'plain',
    schemaOf('TwoKeys', { tenantId: { ...tenantId, primary: true }, id: { type: 'integer', primary: true } }),
    { tenantId: 'acme', id: 1 },
    { tenantId: 'globex', id: 1 },
  ],
  [
    'plain',
    schemaOf('Node', { id: { type: 'integer', primary: true }, tenantId, parent: one(() => 'Node') }),
    { id: 1, tenantId: 'acme' },
    { id: 2, tenantId: 'acme', parent: 1 },
  ],
  [
    'plain',
    schemaOf('OfOrg', { id: { type: 'integer', primary: true }, tenantId: one(() => Org) }),
    { id: 1, tenantId: 1 },
  ],
  [
    'entity',
    schemaOf('OrgKey', { id: { ...(one(() => Org) as object), primary: true, nullable: false }, tenantId }),
    { id: 1, tenantId: 'acme' },
  ],
  ['entity', Accessed, { id: 1, tenantId: 'acme', name: 'n' }],
  ['entity', Loaded, { id: 1, tenantId: 'acme', name: 'n' }],
  ['entity', KeyShownSchema, { id: 1, tenantId: 'acme' }],
  ['entity', Rule],
  ['entity', FlagRule, { id: 1, tenantId: 'acme', kind: 'flag', isOn: true }],
  ['entity', Site, { id: 1, tenantId: 'acme', inline: { street: 's' } }],
];
export const byTable = tables.map(([path, entity, ...rows]) => ({ path, entity, rows }));
