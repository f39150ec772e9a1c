import { TenantryError } from './tenantry-error.ts';

const MAX_DEPTH = 64;

/**
 * The JSON text of a value, with what JSON would silently lose or change refused: functions, symbols, bigints, NaN,
 * infinities, cycles, dates and other class instances, half surrogate pairs, holes, nesting beyond 64 levels. Properties that
 * are undefined are left out. `NOT_JSON` names the path, never the value.
 */
export function toJsonText(value: unknown): string {
  checkJson(value, '', 0);
  return JSON.stringify(value);
}

function checkJson(value: unknown, path: string, depth: number): void {
  switch (typeof value) {
    case 'boolean':
      return;
    case 'string':
      if (!value.isWellFormed()) refuse(path, 'text with half a surrogate pair');
      return;
    case 'number':
      if (!Number.isFinite(value)) refuse(path, String(value));
      return;
    case 'object':
      break;
    default:
      refuse(path, value === undefined ? 'undefined' : `a ${typeof value}`);
  }
  if (value === null) return;
  if (depth === MAX_DEPTH) refuse(path, `nested deeper than ${MAX_DEPTH} levels, or a cycle`);
  if (Array.isArray(value)) {
    // Not `forEach`, which would skip holes.
    for (let i = 0; i < value.length; i++) checkJson(value[i], `${path}[${i}]`, depth + 1);
    return;
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  // Plain objects of another realm have a prototype of their own, which has none.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    refuse(path, `a ${Object.prototype.toString.call(value).slice('[object '.length, -1)}`);
  if ('toJSON' in (value as object)) refuse(path, 'an object with a toJSON of its own');
  for (const [name, item] of Object.entries(value as object)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (name === '__proto__' || !name.isWellFormed()) refuse(at, 'under a name that no reader can have');
    if (item !== undefined) checkJson(item, at, depth + 1);
  }
}

function refuse(path: string, what: string): never {
  throw new TenantryError(
    'NOT_JSON',
    `${path === '' ? 'The value' : `"${path}"`} is not JSON: it is ${what}. Nothing was written.`,
  );
}
