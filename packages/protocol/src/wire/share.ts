import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';

/** By tag: objects of another realm, as in a test runner, are no `instanceof` of ours. */
const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice('[object '.length, -1);

const types = Object.freeze({
  isDate: (value: unknown): value is Date => tagOf(value) === 'Date',
  isSet: (value: unknown): value is Set<unknown> => tagOf(value) === 'Set',
  isMap: (value: unknown): value is Map<unknown, unknown> => tagOf(value) === 'Map',
  isPromise: (value: unknown): value is Promise<unknown> => tagOf(value) === 'Promise',
  isRegExp: (value: unknown): value is RegExp => tagOf(value) === 'RegExp',
  isDataView: (value: unknown): value is DataView => tagOf(value) === 'DataView',
  isTypedArray: (value: unknown): value is Uint8Array => ArrayBuffer.isView(value) && tagOf(value) !== 'DataView',
  isAnyArrayBuffer: (value: unknown): value is ArrayBuffer =>
    tagOf(value) === 'ArrayBuffer' || tagOf(value) === 'SharedArrayBuffer',
});

// A value in memory is handed to every reader. So plain data, dates, sets and maps are made read-only, and what JavaScript cannot make
// read-only (bytes, URLs) is copied each time it is read: the property that holds it is a getter.

/** Makes fresh data that nobody else holds read-only in depth: what msgpack can bring. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (!isBare(value)) {
    if (isCopied(value)) return value;
    if (types.isSet(value)) for (const item of value) deepFreeze(item);
    if (types.isSet(value) || types.isDate(value)) return readOnly(value);
  }
  const held = value as Record<string, unknown>;
  for (const name of Object.keys(held)) {
    const item = held[name];
    if (typeof item !== 'object' || item === null) continue;
    if (!isBare(item) && isCopied(item)) defineShared(held, name, item);
    else deepFreeze(item);
  }
  return Object.freeze(value);
}

/** What nearly all data is made of, told without its tag: every value that is read comes through here, and is none that must be copied. */
function isBare(value: object): boolean {
  const prototype = prototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}

/** Defines a property that hands out the value, or a copy of it where it cannot be made read-only. */
export function defineShared(holder: object, name: PropertyKey, value: unknown): void {
  const common = { enumerable: true, configurable: true };
  if (isCopied(value)) Object.defineProperty(holder, name, { ...common, get: () => copyOf(value as object) });
  else Object.defineProperty(holder, name, { ...common, value, writable: true });
}

/** Every reader gets a copy of its own. */
export function isCopied(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || isBare(value)) return false;
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value) || types.isRegExp(value)) return true;
  if (value instanceof URL || value instanceof URLSearchParams) return isOfItself(value);
  // JavaScript knows no getter for what is in them.
  if (isSetOrMap(value)) for (const item of itemsOf(value)) if (isCopied(item)) return true;
  return false;
}

/**
 * The output of a schema in a form that can be shared: plain data, dates, sets and maps are copied and made read-only. Everything else may
 * belong to the application (a logger, an instance of a class) and is handed out as it is. Throws `INVALID_VALUE` for a cycle and
 * `INVALID_DEFINITION` for a promise.
 */
export function shareOutput<T>(name: string, output: T): T {
  const done = new Map<object, object>();
  const begun = new Set<object>();

  function share(value: unknown, depth: number): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (isThenable(value)) return refuseLater(name, value);
    if (!isOurs(value)) return isCopied(value) ? copyOf(value) : value;
    if (begun.has(value) || depth === MAX_DEPTH) return refuseCycle(name);
    const made = done.get(value);
    if (made) return made;
    begun.add(value);
    const shared = copied(value, item => share(item, depth + 1));
    begun.delete(value);
    done.set(value, shared);
    return shared;
  }

  return share(output, 0) as T;
}

/** Throws as `shareOutput` does, and copies nothing. */
export function checkOutput(name: string, output: unknown): void {
  const begun = new Set<object>();
  const done = new Set<object>();

  function check(value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || done.has(value)) return;
    // What nearly everything is: asking for tags would cost most of the check.
    const isData = isBare(value);
    if (!isData && isThenable(value)) refuseLater(name, value);
    if (!isOurs(value) || (!isData && types.isDate(value))) return;
    if (begun.has(value) || depth === MAX_DEPTH) refuseCycle(name);
    begun.add(value);
    if (isData || !isSetOrMap(value)) for (const item of partsOf(value)) check(item, depth + 1);
    else if (isOfItself(value)) for (const item of itemsOf(value)) check(item, depth + 1);
    begun.delete(value);
    done.add(value);
  }

  check(output, 0);
}

/** What stands in its own enumerable properties. */
function partsOf(value: object): unknown[] {
  const symbols = Object.getOwnPropertySymbols(value).filter(name =>
    Object.prototype.propertyIsEnumerable.call(value, name),
  );
  const named = Object.values(value);
  return symbols.length === 0 ? named : [...named, ...symbols.map(name => (value as Record<symbol, unknown>)[name])];
}

/** Plain data, dates, sets and maps. Everything else may belong to the application. */
function isOurs(value: object): boolean {
  return (
    (Array.isArray(value) && isOfItself(value)) || isPlainObject(value) || types.isDate(value) || isSetOrMap(value)
  );
}

/** A schema that answers later is of no use to a reader that must answer at once. */
export function refuseLater(name: string, promise: PromiseLike<unknown>): never {
  // It may reject, and nobody waits for it.
  promise.then(undefined, () => undefined);
  throw new TenantryError(
    'INVALID_DEFINITION',
    `"${name}": its schema does not answer at once, because it validates or transforms asynchronously. A config must be readable at once.`,
  );
}

/** Also a promise of another realm or library. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  if (types.isPromise(value)) return true;
  return !isPlainObject(value) && typeof (value as { then?: unknown }).then === 'function';
}

// Deeper than any value that is written, whose input has 64 levels at most.
const MAX_DEPTH = 512;

function copied(value: object, share: (item: unknown) => unknown): object {
  if (types.isDate(value)) return isOfItself(value) ? readOnly(new Date(value.getTime())) : value;
  if (isSetOrMap(value)) {
    if (!isOfItself(value)) return value;
    const items = types.isMap(value)
      ? new Map([...value].map(([key, item]) => [share(key), share(item)] as const))
      : new Set([...(value as Set<unknown>)].map(share));
    return isCopied(items) ? items : readOnly(items);
  }
  const copy = Array.isArray(value) ? new Array(value.length) : (Object.create(prototypeOf(value)) as object);
  for (const name of Reflect.ownKeys(value)) {
    if (!Object.prototype.propertyIsEnumerable.call(value, name)) continue;
    defineShared(copy, name, share((value as Record<PropertyKey, unknown>)[name]));
  }
  return Object.freeze(copy);
}

function copyOf(value: object): object {
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (types.isTypedArray(value)) return value.slice();
  if (types.isDataView(value))
    return new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength));
  if (types.isAnyArrayBuffer(value)) return value.slice(0);
  if (types.isRegExp(value)) return new RegExp(value);
  if (value instanceof URL) return new URL(value.href);
  if (value instanceof URLSearchParams) return new URLSearchParams(value);
  // Their direct items: deeper ones are behind getters, or read-only.
  const item = (held: unknown) => (isCopied(held) ? copyOf(held as object) : held);
  if (types.isSet(value)) return new Set([...value].map(item));
  if (types.isMap(value)) return new Map([...value].map(([key, held]) => [item(key), item(held)] as const));
  throw new TypeError(`No copy can be made of ${describeArrived(value)}.`);
}

/** Dates, sets and maps keep their state behind `Object.freeze`, so their mutators are taken away as well. */
function readOnly<T extends object>(value: T): T {
  const mutators = types.isDate(value) ? DATE_MUTATORS : COLLECTION_MUTATORS.filter(name => name in value);
  for (const name of mutators) Object.defineProperty(value, name, { value: refuseMutation });
  return Object.freeze(value);
}

const DATE_MUTATORS: readonly string[] = Object.getOwnPropertyNames(Date.prototype).filter(name =>
  name.startsWith('set'),
);
const COLLECTION_MUTATORS = ['set', 'add', 'delete', 'clear'] as const;

function refuseMutation(): never {
  throw new TypeError('A value read from Tenantry is shared and read-only: copy it to change it.');
}

function refuseCycle(name: string): never {
  throw new TenantryError(
    'INVALID_VALUE',
    `"${name}": what its schema makes of the value contains itself, or is nested deeper than ${MAX_DEPTH} levels: no reader could be given it.`,
  );
}

function isSetOrMap(value: object): value is Set<unknown> | Map<unknown, unknown> {
  return types.isSet(value) || types.isMap(value);
}

function* itemsOf(value: Set<unknown> | Map<unknown, unknown>): Iterable<unknown> {
  for (const item of value as Iterable<unknown>) {
    if (types.isMap(value)) yield* item as [unknown, unknown];
    else yield item;
  }
}

/** Also one of another realm, as in a test runner's. */
function isPlainObject(value: object): boolean {
  const prototype = prototypeOf(value);
  return (
    Object.prototype.toString.call(value) === '[object Object]' &&
    (prototype === null || prototypeOf(prototype) === null)
  );
}

/** Not of a class that extends it: the application's classes keep their own state and methods. */
function isOfItself(value: object): boolean {
  const above = prototypeOf(prototypeOf(value) ?? value);
  return above !== null && prototypeOf(above) === null;
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}
