import { TenantryError } from '../errors/tenantry-error.ts';

const MAX_DEPTH = 64;

/**
 * The JSON text of a value, with what JSON would silently lose or change refused: functions, symbols, bigints, NaN,
 * infinities, cycles, dates and other class instances, half surrogate pairs, holes, nesting beyond 64 levels. Properties that
 * are undefined are left out. `NOT_JSON` names the path, never the value.
 */
export function toJsonText(value: unknown): string {
  const fault = faultIn(value, 0);
  if (fault) refuse(fault);
  return JSON.stringify(value);
}

interface Fault {
  readonly what: string;
  /** Names and indexes, the innermost first: the path is only made where there is a fault. */
  readonly at: (string | number)[];
}

function faultIn(value: unknown, depth: number): Fault | undefined {
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'string':
      return value.isWellFormed() ? undefined : fault('text with half a surrogate pair');
    case 'number':
      return Number.isFinite(value) ? undefined : fault(String(value));
    case 'object':
      break;
    default:
      return fault(value === undefined ? 'undefined' : `a ${typeof value}`);
  }
  if (value === null) return undefined;
  if (depth === MAX_DEPTH) return fault(`nested deeper than ${MAX_DEPTH} levels, or a cycle`);
  if (Array.isArray(value)) {
    // Not `forEach`, which would skip holes.
    for (let i = 0; i < value.length; i++) {
      const found = faultIn(value[i], depth + 1);
      if (found) return below(i, found);
    }
    return undefined;
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  // Plain objects of another realm have a prototype of their own, which has none.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return fault(`a ${Object.prototype.toString.call(value).slice('[object '.length, -1)}`);
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return fault('an object with a toJSON of its own');
  for (const name of Object.keys(value)) {
    if (name === '__proto__' || !name.isWellFormed()) return below(name, fault('under a name that no reader can have'));
    const item = (value as Record<string, unknown>)[name];
    const found = item === undefined ? undefined : faultIn(item, depth + 1);
    if (found) return below(name, found);
  }
  return undefined;
}

function fault(what: string): Fault {
  return { what, at: [] };
}

function below(part: string | number, found: Fault): Fault {
  found.at.push(part);
  return found;
}

function refuse({ what, at }: Fault): never {
  let path = '';
  for (const part of at.reverse()) {
    if (typeof part === 'number') path += `[${part}]`;
    else path = path === '' ? part : `${path}.${part}`;
  }
  throw new TenantryError(
    'NOT_JSON',
    `${path === '' ? 'The value' : `"${path}"`} is not JSON: it is ${what}. Nothing was written.`,
  );
}
