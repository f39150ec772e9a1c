import { isPlain, type Plain, type Schema, SchemaRoot } from '../form-model/schema-root.ts';
import type { Path } from '../json/json-tree.ts';
import type { Place } from './place-in.ts';

/** Something that may stand at a place. */
export interface Suggestion {
  /** As it stands in the text. */
  readonly text: string;
  /** A few words beside it. */
  readonly kind?: string | undefined;
  readonly about?: string | undefined;
}

/** What a JSON Schema knows of a place: names that are not there yet, or values that can be listed. */
export function suggestionsAt(schema: unknown, { path, kind, names }: Place): readonly Suggestion[] {
  const root = new SchemaRoot(schema);
  const schemas = alternatives(root, schema).flatMap(each => schemasAt(root, each, path));
  const found = kind === 'name' ? schemas.flatMap(each => namesOf(root, each, names)) : schemas.flatMap(valuesOf);
  return [...new Map(found.map(each => [each.text, each])).values()];
}

/** A schema, or, where it is one of several, each of them. `seen`: one that contains itself ends. */
function alternatives(root: SchemaRoot, schema: unknown, seen = new Set<unknown>()): Schema[] {
  const resolved = root.resolve(schema);
  if ('why' in resolved) return [];
  const branches = resolved.schema.anyOf ?? resolved.schema.oneOf;
  if (!Array.isArray(branches)) return [resolved.schema];
  if (seen.has(branches)) return [];
  seen.add(branches);
  return branches.flatMap(branch => alternatives(root, branch, seen));
}

function schemasAt(root: SchemaRoot, schema: Schema, [step, ...rest]: Path): Schema[] {
  if (step === undefined) return [schema];
  return alternatives(root, innerOf(schema, step)).flatMap(each => schemasAt(root, each, rest));
}

function innerOf({ properties, additionalProperties, prefixItems, items }: Schema, step: string | number): unknown {
  if (typeof step === 'number') return (Array.isArray(prefixItems) ? prefixItems[step] : undefined) ?? items;
  const known = isPlain(properties) && Object.hasOwn(properties, step) ? properties[step] : undefined;
  return known ?? additionalProperties;
}

function namesOf(root: SchemaRoot, { properties }: Schema, had: ReadonlySet<string>): Suggestion[] {
  return Object.entries(isPlain(properties) ? properties : {})
    .filter(([name]) => !had.has(name))
    .map(([name, inner]) => {
      const resolved = root.resolve(inner);
      const schema: Plain = 'why' in resolved ? {} : resolved.schema;
      const about = typeof schema.description === 'string' ? schema.description : undefined;
      return { text: JSON.stringify(name), kind: kindOf(schema), about };
    });
}

function kindOf(schema: Plain): string | undefined {
  if (Array.isArray(schema.enum))
    return schema.enum
      .map(each => JSON.stringify(each))
      .join(' | ')
      .slice(0, 60);
  return typeof schema.type === 'string' ? schema.type : undefined;
}

function valuesOf(schema: Schema): Suggestion[] {
  const { enum: listed, const: only, type, default: preset } = schema;
  const types = Array.isArray(type) ? type : [type];
  const values: unknown[] = [
    ...(Array.isArray(listed) ? listed : []),
    ...(only === undefined ? [] : [only]),
    ...(types.includes('boolean') ? [true, false] : []),
    ...(types.includes('null') ? [null] : []),
  ];
  const suggested: Suggestion[] = values.map(value => ({ text: JSON.stringify(value) }));
  return preset === undefined ? suggested : [...suggested, { text: JSON.stringify(preset), kind: 'default' }];
}
