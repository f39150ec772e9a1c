import { Packr } from 'msgpackr';
import { TenantryError } from '../errors/tenantry-error.ts';
import { deepFreeze } from './share.ts';

const MAX_DEPTH = 64;

/** Encodes and decodes values. Kept in one object so that nothing is created by an import. */
export interface PayloadCodec {
  /** `PAYLOAD_UNENCODABLE` names the path that cannot be encoded, never its value. */
  encode(value: unknown): Buffer;
  /** The same for JSON text, in which nothing can be that cannot be encoded. */
  encodeJson(text: string): Buffer;
  /** A fresh value, read-only in depth, bytes copied each time they are read. Damaged bytes are a `MALFORMED_ENVELOPE`. */
  decode(bytes: Uint8Array): unknown;
  /** The same, not frozen: the caller's to change. */
  decodeOwn(bytes: Uint8Array): unknown;
}

/** msgpack: null, booleans, numbers, bigints, strings, dates, bytes, sets, arrays and plain objects. */
export function createPayloadCodec(): PayloadCodec {
  // Structured clones are refused: nothing we write has them, and damaged bytes could make a cycle of them.
  // A property called toJSON is data like any other: those that are functions were called before.
  const packr = new Packr({
    useRecords: false,
    moreTypes: true,
    copyBuffers: true,
    structuredClone: false,
    useToJSON: false,
  });
  return {
    encode: value => packr.pack(toPlain(value, undefined, undefined, 0)),
    encodeJson: text => packr.pack(JSON.parse(text)),
    decode: bytes => guarded(bytes, () => deepFreeze(packr.unpack(bytes))),
    decodeOwn: bytes => guarded(bytes, () => packr.unpack(bytes)),
  };

  function guarded(bytes: Uint8Array, decode: () => unknown): unknown {
    try {
      return decode();
    } catch {
      // Without the cause: msgpackr's message quotes what it read, and that may be a secret.
      throw new TenantryError(
        'MALFORMED_ENVELOPE',
        `A payload of ${bytes.length} bytes is damaged: it was not used. Something else wrote there.`,
      );
    }
  }
}

/** Where a value stands: under a name, in a list, or in a set (`null`). Told as text only where something is refused. */
interface Place {
  readonly parent: Place | undefined;
  readonly step: Step;
}

type Step = string | number | null | undefined;

/**
 * What will be encoded: own enumerable properties, `undefined` left out, `toJSON` of class instances honoured.
 * msgpackr by itself silently drops functions, flattens maps, writes broken text and overflows the stack on cycles.
 */
function toPlain(value: unknown, parent: Place | undefined, step: Step, depth: number): unknown {
  if (value === null || value === undefined) return value ?? null;
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? value : refuse(parent, step, 'text with half a surrogate pair');
    case 'number':
    case 'boolean':
    case 'bigint':
      return value;
    case 'object':
      break;
    default:
      return refuse(parent, step, `a ${typeof value}`);
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? refuse(parent, step, 'an invalid date') : value;
  // As a Buffer, because msgpackr writes only those as plain binary.
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (depth === MAX_DEPTH) return refuse(parent, step, `nested deeper than ${MAX_DEPTH} levels, or a cycle`);
  const here = step === undefined ? undefined : { parent, step };
  // Not `map`, which would leave holes.
  if (Array.isArray(value)) return Array.from(value, (item, i) => toPlain(item, here, i, depth + 1));
  if (value instanceof Set) return new Set(Array.from(value, item => toPlain(item, here, null, depth + 1)));
  if ('toJSON' in value && typeof value.toJSON === 'function') return toPlain(value.toJSON(), parent, step, depth + 1);
  // Maps, promises, errors, typed arrays, boxed primitives: their state is not in their properties.
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]') return refuse(parent, step, `a ${tag.slice('[object '.length, -1)}`);
  return plainObject(value, here, parent, step, depth);
}

function plainObject(
  value: object,
  here: Place | undefined,
  parent: Place | undefined,
  step: Step,
  depth: number,
): Record<string, unknown> {
  const names = Object.keys(value);
  // A custom type may keep its state in private fields: readers would get `{}` for it.
  if (names.length === 0 && isOfClass(value))
    return refuse(parent, step, 'an instance of a class that shows no properties, and has no `toJSON`');
  const plain: Record<string, unknown> = {};
  for (const name of names) {
    if (name === '__proto__' || !name.isWellFormed()) refuse(here, name, 'under a name that no reader can have');
    const item = (value as Record<string, unknown>)[name];
    if (item !== undefined) plain[name] = toPlain(item, here, name, depth + 1);
  }
  return plain;
}

function isOfClass(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  // Plain objects of another realm have a prototype of their own, which has none.
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

function refuse(parent: Place | undefined, step: Step, what: string): never {
  const path = pathOf(parent, step);
  throw new TenantryError(
    'PAYLOAD_UNENCODABLE',
    `${path === '' ? 'The value' : `"${path}"`} cannot be encoded: it is ${what}.`,
  );
}

function pathOf(parent: Place | undefined, step: Step): string {
  if (step === undefined) return '';
  const before = parent ? pathOf(parent.parent, parent.step) : '';
  if (step === null) return `${before}{}`;
  if (typeof step === 'number') return `${before}[${step}]`;
  return before === '' ? step : `${before}.${step}`;
}
