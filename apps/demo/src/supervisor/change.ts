import { isDeepStrictEqual } from 'node:util';
import { type RefRequest, refsOfRow } from '../definitions/catalogue.ts';
import type { Operation } from '../writer/apply-operations.ts';
import type { WriteAnswer } from '../writer/timed-write.ts';
import { inheritedValues } from './inherit.ts';
import { type DatabaseRow, type DatabaseState, expectedValues, tenantsOf } from './read-database.ts';
import type { ReaderProcess } from './reader-process.ts';

/** A committed transaction, by what it changed for readers. */
export interface Change {
  /** On the machine's clock; undefined where nothing was committed. */
  readonly committedAt: number | undefined;
  readonly flushMs: number;
  readonly affected: readonly AffectedRef[];
}

/** A write in one scope, by the tenants whose values it changed. */
export type ScopeChange = Change & Pick<WriteAnswer, 'result'>;

export interface AffectedRef {
  readonly name: string;
  readonly effect: 'new' | 'changed' | 'gone';
  /** What stands there now; undefined where it is gone. */
  readonly value: DatabaseRow['values'] | undefined;
  /** Readers watched it before the change. Nobody can foresee a new row's id. */
  readonly isForeseen: boolean;
}

/** Every ref under which the rows will stand once the operations are done, where that is known beforehand. */
export function plannedRefs(operations: readonly Operation[], { rows }: DatabaseState): RefRequest[] {
  return operations.flatMap(operation => {
    if (operation.op === 'create') return refsOfRow(operation.source, operation.values);
    if (operation.op === 'set') return [];
    const row = rows.find(({ source, id }) => source === operation.source && id === operation.id);
    return operation.op === 'update' ? refsOfRow(operation.source, { ...row?.values, ...operation.values }) : [];
  });
}

export function refsOfRows({ rows }: DatabaseState): RefRequest[] {
  return rows.flatMap(({ source, values }) => refsOfRow(source, values));
}

export function affectedRefs(before: DatabaseState, after: DatabaseState): Omit<AffectedRef, 'isForeseen'>[] {
  return effects(expectedValues(before), expectedValues(after));
}

/** The tenants that have another value of the inherited setting than before. Readers watch them all the time. */
export function affectedTenants(before: DatabaseState, after: DatabaseState): AffectedRef[] {
  const valuesIn = (state: DatabaseState) => inheritedValues(state.scopes, tenantsOf(state));
  return effects(valuesIn(before), valuesIn(after)).map(ref => ({ ...ref, isForeseen: true }));
}

type Values = ReadonlyMap<string, DatabaseRow['values']>;

function effects(were: Values, are: Values): Omit<AffectedRef, 'isForeseen'>[] {
  return [...new Set([...were.keys(), ...are.keys()])].flatMap(name => {
    const value = are.get(name);
    if (isDeepStrictEqual(were.get(name), value)) return [];
    return [{ name, value, effect: value === undefined ? 'gone' : were.has(name) ? 'changed' : 'new' } as const];
  });
}

/** When this reader first had the ref's new value; undefined as long as it does not. */
export function seenAt(
  reader: ReaderProcess,
  { name, value }: Pick<AffectedRef, 'name' | 'value'>,
  committedAt: number,
): number | undefined {
  const sighting = reader
    .sightings(name)
    .find(({ entry, at }) => at >= committedAt && isDeepStrictEqual(entry.value, value));
  return sighting?.at;
}
