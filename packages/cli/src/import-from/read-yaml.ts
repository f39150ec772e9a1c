import { parse } from 'yaml';
import { wrongUse } from '../failures/failure.ts';
import { parseJson } from '../json/raw-numbers.ts';

/** The value of a YAML text, each whole number with all of its digits. `INVALID_OPTION` for what is no YAML or no JSON can say. */
export function readYaml(text: string, file: string): unknown {
  let value: unknown;
  try {
    value = parse(text, { uniqueKeys: true, intAsBigInt: true, maxAliasCount: 100 });
  } catch (error) {
    throw wrongUse(`${file} is no YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  return plain(value ?? null, file);
}

function plain(value: unknown, file: string): unknown {
  if (typeof value === 'bigint') return parseJson(String(value));
  if (typeof value === 'number' && !Number.isFinite(value)) throw wrongUse(`${file} has a number that JSON has not.`);
  if (Array.isArray(value)) return value.map(each => plain(each, file));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each, file)]));
}
