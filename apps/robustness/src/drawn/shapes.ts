import type { SyncDefinition } from '@tenantry/protocol';
import { defineSync, type Ref } from '@tenantry/protocol';
import type { SeenValue } from '../history/history-event.ts';
import type { ShapeName } from './draw-world.ts';

/** What a row of every shape has. Its key, whatever that is, follows from its slot. */
export interface ShapeRow {
  /** The number that the record has among those of its shape. */
  slot: number;
  tenantId: string;
  n: number;
  stamp: string;
}

/** One shape, for both sides: imports no ORM. */
export interface Shape {
  readonly definition: SyncDefinition<never, never, unknown>;
  key(slot: number): Record<string, unknown>;
  /**
   * What a row has beside its key in its `n`th state. No two states agree in a column: the ORM compares with what its result cache
   * remembers, and leaves out what it takes for unchanged.
   */
  fields(slot: number, n: number): Record<string, unknown>;
  /** What a value has beside what every value has, as text. */
  more(value: Record<string, unknown>): string;
}

export const SLOTS: readonly number[] = [1, 2, 3, 4, 5, 6];
export const PARTS: readonly number[] = [1, 2, 3];

const sync = (name: ShapeName, keys: Record<string, string[]>): Shape['definition'] =>
  (defineSync<ShapeRow>() as unknown as (options: object) => Shape['definition'])({ name, tenant: 'tenantId', keys });
const none = (): Record<string, unknown> => ({});
const kindOf = (slot: number): string => (slot % 2 === 0 ? 'even' : 'odd');
const family = { key: (slot: number) => ({ id: slot }), fields: (slot: number, n: number) => ({ [kindOf(slot)]: -n }) };
const leaf = ({ even, odd }: Record<string, unknown>): string => `even ${even}, odd ${odd}`;
// A second without a fraction: MySQL's datetime has none by default.
const moment = (slot: number, n: number): Date => new Date(Date.UTC(2024, 2, 31, 0, slot, n));

export const shapes: Readonly<Record<ShapeName, Shape>> = {
  uuid: {
    definition: sync('uuid', { id: ['id'], label: ['label'] }),
    key: slot => ({
      id: `0189f7a1-0000-7000-8000-00000000000${slot}`,
      label: `0189f7a1-0000-7000-8000-0000000000f${slot}`,
    }),
    fields: none,
    more: ({ id, label }) => `${id} ${label}`,
  },
  composite: {
    definition: sync('composite', { id: ['region', 'place'], place: ['place'] }),
    key: slot => ({ region: slot % 2 === 0 ? 'a,b' : 'a~b', place: slot }),
    fields: none,
    more: ({ region, place }) => `${region} ${place}`,
  },
  sti: { definition: sync('sti', { id: ['id'] }), ...family, more: leaf },
  tpt: { definition: sync('tpt', { id: ['id'] }), ...family, more: leaf },
  pivot: {
    definition: sync('pivot', { id: ['id'] }),
    key: slot => ({ id: slot }),
    fields: none,
    more: ({ parts }) => [...((parts ?? []) as number[])].sort().join(','),
  },
  json: {
    definition: sync('json', { id: ['id'] }),
    key: slot => ({ id: slot }),
    fields: (slot, n) => ({
      body: { n, deep: [{ slot }, null, 'é'] },
      list: n % 2 === 0 ? [[], n] : [n, n + 1],
      changed: moment(slot, n),
    }),
    more: ({ body, list, changed }) => {
      const { n, deep } = (body ?? {}) as Record<string, unknown>;
      return JSON.stringify([n, deep, list, new Date(changed as Date)]);
    },
  },
  dates: {
    definition: sync('dates', { id: ['at'] }),
    key: slot => ({ at: moment(slot, 0) }),
    fields: (slot, n) => ({ changed: moment(slot, n), day: new Date(Date.UTC(2024, 2, n)).toISOString().slice(0, 10) }),
    more: ({ at, changed, day }) =>
      `${new Date(at as Date).toISOString()} ${new Date(changed as Date).toISOString()} ${day}`,
  },
};

/** Under which a slot's row is found. */
export function refsOf(name: ShapeName, slot: number): Ref<unknown>[] {
  const { definition, key } = shapes[name];
  const values = key(slot);
  return Object.entries(definition.keys).map(([by, properties]) =>
    definition.by(by as never, Object.fromEntries(properties.map(each => [each, values[each]])) as never),
  );
}

/** The part of what a reader was given that tells where it comes from. */
export function seenValue(address: string, given: unknown): SeenValue {
  const value = given as Record<string, unknown>;
  const { tenantId, n, stamp } = value as unknown as SeenValue;
  const shape = shapes[address.slice(0, address.indexOf(':')) as ShapeName];
  if (shape) return { id: value.slot as number, tenantId, n, stamp, more: shape.more(value) };
  return value.id === undefined ? { tenantId, n, stamp } : { id: value.id as number, tenantId, n, stamp };
}
