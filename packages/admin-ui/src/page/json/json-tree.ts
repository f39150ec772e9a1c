/** A number as it was typed: `1.10` stays `1.10`, and `9007199254740993` keeps its last digit. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A JSON value that keeps the text of its numbers and the order of its names. An object is a Map, so `__proto__` is a name like any other. */
export type Json = null | boolean | string | NumberText | JsonList | JsonObject;
export type JsonList = readonly Json[];
export type JsonObject = ReadonlyMap<string, Json>;

/** Names and positions, from the root down. */
export type Path = readonly (string | number)[];

export function isObject(json: Json | undefined): json is JsonObject {
  return json instanceof Map;
}

export function isList(json: Json | undefined): json is JsonList {
  return Array.isArray(json);
}

/** Undefined where there is nothing at that path. */
export function valueAt(json: Json | undefined, path: Path): Json | undefined {
  let here = json;
  for (const step of path) {
    if (isObject(here)) here = here.get(String(step));
    else if (isList(here)) here = here[Number(step)];
    else return undefined;
  }
  return here;
}

/** A copy with that value at that path. What is missing on the way becomes an object; a list's next position appends. */
export function withValueAt(json: Json | undefined, path: Path, value: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (isList(json)) {
    const list = [...json];
    list[Number(step)] = withValueAt(json[Number(step)], rest, value);
    return list;
  }
  const object = new Map(isObject(json) ? json : []);
  object.set(String(step), withValueAt(object.get(String(step)), rest, value));
  return object;
}

/** A copy without what is at that path. A list closes up. */
export function withoutValueAt(json: Json | undefined, path: Path): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return undefined;
  if (isList(json)) {
    const at = Number(step);
    if (rest.length === 0) return json.filter((_, position) => position !== at);
    return json.map((each, position) => (position === at ? (withoutValueAt(each, rest) ?? null) : each));
  }
  if (!isObject(json) || !json.has(String(step))) return json;
  const object = new Map(json);
  const inner = rest.length === 0 ? undefined : withoutValueAt(object.get(String(step)), rest);
  if (inner === undefined) object.delete(String(step));
  else object.set(String(step), inner);
  return object;
}

/** Whether both say the same. Numbers are compared by value where both texts are exact, names in any order. */
export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (one instanceof NumberText && other instanceof NumberText) return sameNumber(one.text, other.text);
  if (isList(one) && isList(other))
    return one.length === other.length && one.every((each, position) => sameJson(each, other[position]));
  if (isObject(one) && isObject(other)) {
    if (one.size !== other.size) return false;
    for (const [name, value] of one) if (!other.has(name) || !sameJson(value, other.get(name))) return false;
    return true;
  }
  return false;
}

function sameNumber(one: string, other: string): boolean {
  if (one === other) return true;
  return keepsItsText(one) && keepsItsText(other) && Number(one) === Number(other);
}

/** Whether JavaScript writes the number exactly so. The server refuses one that would come back as another text. */
export function keepsItsText(number: string): boolean {
  return String(Number(number)) === number;
}
