import { type EntityProperty, EntitySchema, type Platform, Type } from '@mikro-orm/core';
import { testServers } from '@tenantry/testing';

const isPostgres = testServers().databaseUrl.startsWith('postgres');
export const at = new Date('2031-02-03T04:05:06.000Z');
export const uuid = '0189f7a1-0000-7000-8000-0000000000ab';

/** An object in JavaScript, text in the database. */
class Money extends Type<{ cents: number }, string> {
  override get runtimeType() {
    return 'object';
  }
  override convertToDatabaseValue(value: { cents: number } | null) {
    return (value && String(value.cents)) as string;
  }
  override convertToJSValue(value: string) {
    return { cents: Number(value) };
  }
  override getColumnType() {
    return 'varchar(32)';
  }
}
/** Seconds in the database. */
class Seconds extends Type<Date, number> {
  override get runtimeType() {
    return 'Date';
  }
  override convertToDatabaseValue(value: Date | null) {
    return (value && Math.floor(value.getTime() / 1_000)) as number;
  }
  override convertToJSValue(value: number | Date) {
    return new Date(Number(value) * 1_000);
  }
  override getColumnType() {
    return 'int';
  }
}
/** `no-7` in JavaScript, 7 in the database. */
class Numbered extends Type<string, number> {
  override convertToDatabaseValue(value: string | null) {
    return (value && Number(value.slice(3))) as number;
  }
  override convertToJSValue(value: number) {
    return `no-${value}`;
  }
  override getColumnType() {
    return 'int';
  }
}
/** Read by an expression of its own. */
class Shouted extends Type<string, string> {
  override convertToJSValueSQL(key: string, _platform: Platform) {
    return key === '' ? 'upper()' : `upper(${key})`;
  }
  override getColumnType() {
    return 'varchar(40)';
  }
}

/** What a row is read as. */
export type Path = 'plain' | 'entity';
/** A property and values of it. */
export type Shape = [path: Path, property: Partial<EntityProperty>, ...values: unknown[]];

export const Org = new EntitySchema({ name: 'Org', properties: { id: { type: 'integer', primary: true } } } as never);
export const Bill = new EntitySchema({ name: 'Bill', properties: { id: { type: 'bigint', primary: true } } } as never);
export const Code = new EntitySchema({
  name: 'Code',
  properties: { id: { type: 'string', length: 40, primary: true } },
} as never);
export const Coin = new EntitySchema({ name: 'Coin', properties: { id: { type: Numbered, primary: true } } } as never);
export const Pair = new EntitySchema({
  name: 'Pair',
  properties: { x: { type: 'integer', primary: true }, y: { type: 'integer', primary: true } },
} as never);
export const one = (entity: () => unknown, more = {}) => ({ kind: 'm:1', entity, nullable: true, ...more }) as never;

/** The types that a property may have, and values of each. */
const types: Record<string, Shape> = {
  integer: ['plain', { type: 'integer' }, 0, -7, 2_147_483_647],
  smallint: ['plain', { type: 'smallint' }, 3],
  bigint: ['plain', { type: 'bigint' }, 2n ** 60n + 1n, 0n],
  bigintText: ['plain', { type: 'bigint', runtimeType: 'string' }, String(2n ** 60n + 1n)],
  bigintNumber: ['plain', { type: 'bigint', runtimeType: 'number' }, 2 ** 52],
  boolean: ['plain', { type: 'boolean' }, true, false],
  string: ['plain', { type: 'string' }, '', 'é %_\\\'"', 'x'.repeat(200)],
  text: ['plain', { type: 'text' }, 'a\nb'],
  character: ['plain', { type: 'character', length: 8 }, 'ab'],
  uuid: ['plain', { type: 'uuid' }, uuid],
  date: ['plain', { type: 'date' }, '2031-02-03'],
  dateObject: ['plain', { type: 'date', runtimeType: 'Date' }, at],
  datetime: ['plain', { type: 'datetime' }, at],
  milliseconds: ['plain', { type: 'datetime', length: 3 }, new Date(at.getTime() + 123)],
  timestamp: ['plain', { type: 'Date', columnTypes: [isPostgres ? 'timestamptz' : 'timestamp'] }, at],
  time: ['plain', { type: 'time' }, '04:05:06'],
  decimal: ['plain', { type: 'decimal', precision: 12, scale: 3 }, '1.500', '-0.001'],
  decimalNumber: ['plain', { type: 'decimal', runtimeType: 'number', precision: 12, scale: 2 }, 1.5],
  double: ['plain', { type: 'double' }, 0.1, -1e300],
  float: ['plain', { type: 'float' }, 1.5],
  json: ['plain', { type: 'json' }, { a: [1, { b: '2031-02-03T04:05:06Z' }] }, [1, 'x', null], 'text', 5, true, {}],
  array: ['plain', { type: 'string[]' }, ['a', 'b,c'], []],
  numbers: ['plain', { type: 'number[]' }, [1, 2.5]],
  enum: ['plain', { enum: true, type: 'string', items: ['a', 'b'] }, 'b'],
  enums: ['plain', { enum: true, array: true, items: ['a', 'b'] }, ['a', 'b'], []],
  bytes: ['plain', { type: 'blob' }, Buffer.from([0, 1, 255])],
  uint8array: ['plain', { type: 'uint8array' }, new Uint8Array([0, 1, 255])],
  renamed: ['plain', { type: 'string', fieldName: 'another name' } as never, 'x'],
  named: ['plain', { type: 'string', serializedName: 'other', serializer: () => 'other' }, 'x'],
  lazy: ['plain', { type: 'text', lazy: true }, 'x'],
  lazyReference: ['plain', { type: 'text', lazy: true, ref: true }, 'x'],
  returned: ['plain', { type: 'string', returning: true } as never, 'x'],
  objects: ['plain', { type: Money as never }, { cents: 5 }],
  seconds: ['plain', { type: Seconds as never }, at],
  ofOrg: ['plain', one(() => Org), 1],
  ofOrgReference: ['plain', one(() => Org, { ref: true }), 1],
  ofBill: ['plain', one(() => Bill), 2n ** 60n + 3n],
  ofCode: ['plain', one(() => Code), 'é x'],
  oneOrg: ['plain', one(() => Org, { kind: '1:1', owner: true, unique: false }), 1],
  ofCoin: ['entity', one(() => Coin), 'no-9'],
  ofPair: ['entity', one(() => Pair), [3, 4]],
  orgKey: ['entity', one(() => Org, { mapToPk: true }), 1],
  orgs: ['entity', { kind: 'm:n', entity: () => Org, owner: true } as never, [1]],
  shouted: ['entity', { type: Shouted as never }, 'x'],
  unhydrated: ['entity', { type: 'string', hydrate: false }, 'x'],
};

const entityOf = ([name, [, property]]: [string, Shape]) => {
  const nullable = property.kind === 'm:n' ? {} : { nullable: true };
  return new EntitySchema({
    name: `T_${name}`,
    properties: {
      id: { type: 'integer', primary: true },
      tenantId: { type: 'string' },
      value: { ...nullable, ...property },
    },
  } as never);
};
export const byType = Object.entries(types).map(entry => [entry, entityOf(entry)] as const);
