import { TenantryError } from '../errors/tenantry-error.ts';
import { encodeKeyValue } from '../wire/key-value.ts';

/** The address under which a row with these values stands, or an `INVALID_KEY` error that names the property. */
export function refAddress(source: string, key: string, properties: readonly string[], values: object): string {
  let address = keyStart(source, key);
  for (const property of properties) {
    const value: unknown = (values as Record<string, unknown> | null | undefined)?.[property];
    if (value === undefined || value === null)
      throw new TenantryError('INVALID_KEY', `"${source}" by "${key}" needs a value for "${property}", got ${value}.`);
    address += `:${encodeKeyValue(value)}`;
  }
  return address;
}

/** What every address of this sync key begins with; each value follows, encoded, with `:` before it. */
export function keyStart(source: string, key: string): string {
  return `${sourceComponent(source)}:${sourceComponent(key)}`;
}

/** The address of a row under that sync key; undefined where it has no value for one of the properties. */
export function addressAfter(
  start: string,
  properties: readonly string[],
  read: (property: string) => unknown,
): string | undefined {
  let address = start;
  for (const property of properties) {
    const value = read(property);
    if (value === undefined || value === null) return undefined;
    address += `:${encodeKeyValue(value)}`;
  }
  return address;
}

/** The owner's name in Redis: which row of which source. */
export function ownerOf(source: string, recordId: string): string {
  return `${sourceComponent(source)}:${recordId}`;
}

// Names are checked when defined; the slash is the one character of theirs that Redis names escape.
function sourceComponent(name: string): string {
  return name.replaceAll('/', '%2F');
}
