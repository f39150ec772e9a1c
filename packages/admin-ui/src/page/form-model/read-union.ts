import { isObject, type Json, sameJson } from '../json/json-tree.ts';
import { fromPlain } from '../json/plain.ts';
import { printJson } from '../json/print-json.ts';
import type { Branch, FieldModel, FieldShape, UnionShape } from './field-model.ts';
import { kindOf } from './kinds.ts';
import { isPlain, type Plain, type Schema, type SchemaRoot } from './schema-root.ts';

/** `anyOf` and `oneOf`: something or null; branches that a tag tells apart; or branches that are different kinds of JSON. */
export function readUnion(
  schemas: readonly unknown[],
  root: SchemaRoot,
  read: (schema: unknown) => FieldModel,
): FieldShape {
  const resolved: { readonly schema: Schema; readonly source: unknown }[] = [];
  for (const source of schemas) {
    const each = root.resolve(source);
    if ('why' in each) return { kind: 'json', why: each.why };
    resolved.push({ schema: each.schema, source });
  }
  const others = resolved.filter(({ schema }) => schema.type !== 'null' && schema.const !== null);
  if (others.length < resolved.length) {
    const sources = others.map(({ source }) => source);
    const inner = sources.length === 1 ? () => read(sources[0]) : once(() => readUnion(sources, root, read));
    return { kind: 'nullable', inner };
  }
  if (others.every(({ schema }) => schema.const !== undefined))
    return { kind: 'choice', options: others.map(({ schema }) => fromPlain(schema.const)) };
  return tagged(others, read) ?? byKind(others, read);
}

function once(make: () => FieldShape): () => FieldModel {
  let made: FieldModel | undefined;
  return () => (made ??= make());
}

type Resolved = readonly { readonly schema: Schema; readonly source: unknown }[];

/** The first name that has a constant of its own in every branch. */
function tagged(resolved: Resolved, read: (schema: unknown) => FieldModel): UnionShape | undefined {
  const first = resolved[0]?.schema.properties;
  for (const tag of Object.keys(isPlain(first) ? first : {})) {
    const constants = resolved.map(({ schema }) => constantOf(schema, tag));
    const texts = constants.map(each => JSON.stringify(each));
    if (constants.includes(undefined) || new Set(texts).size < texts.length) continue;
    const branches = resolved.map(({ schema, source }, position): Branch => {
      const value = fromPlain(constants[position]);
      const label = typeof schema.title === 'string' ? schema.title : plainText(value);
      return { key: texts[position] as string, label, tagged: value, model: () => read(source) };
    });
    return { kind: 'union', tag, branches };
  }
  return undefined;
}

function constantOf(schema: Schema, tag: string): unknown {
  const property = isPlain(schema.properties) ? schema.properties[tag] : undefined;
  if (!isPlain(property)) return undefined;
  if (property.const !== undefined) return property.const;
  return Array.isArray(property.enum) && property.enum.length === 1 ? property.enum[0] : undefined;
}

function byKind(resolved: Resolved, read: (schema: unknown) => FieldModel): FieldShape {
  const kinds = resolved.map(({ schema }) => kindOfSchema(schema));
  if (kinds.includes(undefined) || new Set(kinds).size < kinds.length)
    return { kind: 'json', why: 'The schema has alternatives that no tag and no type tells apart.' };
  return {
    kind: 'union',
    branches: resolved.map(({ schema, source }, position): Branch => {
      const kind = kinds[position] as string;
      return { key: kind, label: typeof schema.title === 'string' ? schema.title : kind, model: () => read(source) };
    }),
  };
}

function kindOfSchema(schema: Schema): string | undefined {
  const names: Plain = {
    ...{ string: 'text', integer: 'number', number: 'number', boolean: 'yes or no', array: 'list', object: 'object' },
  };
  if (typeof schema.type === 'string') return names[schema.type] as string | undefined;
  const options: unknown[] = Array.isArray(schema.enum)
    ? schema.enum
    : schema.const === undefined
      ? []
      : [schema.const];
  const kinds = new Set(options.map(option => kindOf(fromPlain(option))));
  return kinds.size === 1 ? [...kinds][0] : undefined;
}

/** Which branch a value is of; undefined where it is of none. */
export function branchOf({ tag, branches }: UnionShape, value: Json | undefined): Branch | undefined {
  if (value === undefined) return undefined;
  if (tag === undefined) return branches.find(({ key }) => key === kindOf(value));
  return branches.find(({ tagged }) => isObject(value) && sameJson(value.get(tag), tagged));
}

function plainText(json: Json): string {
  return typeof json === 'string' ? json : printJson(json, 0);
}
