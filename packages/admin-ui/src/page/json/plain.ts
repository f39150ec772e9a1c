import { isList, isObject, type Json, NumberText } from './json-tree.ts';

/** What `JSON.parse` would give: numbers may lose digits, so only for hints. */
export function toPlain(json: Json): unknown {
  if (json instanceof NumberText) return Number(json.text);
  if (isList(json)) return json.map(toPlain);
  if (!isObject(json)) return json;
  const plain = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of json) plain[name] = toPlain(value);
  return plain;
}

/** From what a schema holds: a constant, or the values of an enum. */
export function fromPlain(plain: unknown): Json {
  if (typeof plain === 'number') return new NumberText(String(plain));
  if (plain === null || typeof plain === 'boolean' || typeof plain === 'string') return plain;
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain === 'object') return new Map(Object.entries(plain).map(([name, value]) => [name, fromPlain(value)]));
  return null;
}
