import { parse } from 'yaml';
import { wrongUse } from '../failures/failure.ts';
import { parseJson } from '../json/raw-numbers.ts';

/** The value of a YAML text, each whole number with all of its digits. `INVALID_OPTION` for what is no YAML or no JSON can say. */
export function readYaml(text: string, file: string): unknown {
  let value: unknown;
  try {
    // Maps: as names of an object `8080` and `"8080"` are one, and the parser keeps the last of them.
    value = parse(text, { uniqueKeys: true, intAsBigInt: true, maxAliasCount: 100, mapAsMap: true });
  } catch (error) {
    throw wrongUse(`${file} is no YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  return plain(value ?? null, file);
}

function plain(value: unknown, file: string): unknown {
  if (typeof value === 'bigint') return parseJson(String(value));
  if (typeof value === 'number' && !Number.isFinite(value)) throw wrongUse(`${file} has a number that JSON has not.`);
  if (Array.isArray(value)) return value.map(each => plain(each, file));
  return value instanceof Map ? plainObject(value, file) : value;
}

function plainObject(map: ReadonlyMap<unknown, unknown>, file: string): object {
  const found = new Map<string, unknown>();
  for (const [key, each] of map) {
    if (typeof key === 'object' && key !== null) throw wrongUse(`${file} has a name that is a list or a map.`);
    const name = String(key);
    if (found.has(name)) throw wrongUse(`${file} has the name ${JSON.stringify(name)} twice.`);
    found.set(name, plain(each, file));
  }
  return Object.fromEntries(found);
}
