/** The types that OpenFeature asks for. */
export type FlagType = 'boolean' | 'string' | 'number' | 'object';

/** Whether a value is of the type that an evaluation asks for. An object is what JSON has beside text, numbers and booleans: also a list, and null. */
export function isOfType(value: unknown, type: FlagType): boolean {
  return type === 'object' ? isJsonObject(value) : typeof value === type;
}

/** The type of a value for an error: never the value. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  return isJsonObject(value) ? 'object' : (value.constructor?.name ?? 'object of a class');
}

function isJsonObject(value: unknown): boolean {
  if (typeof value !== 'object') return false;
  if (value === null || Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
