import { fromPlain } from '../json/plain.ts';
import type { FieldModel, FieldShape, FieldText, ObjectField } from './field-model.ts';
import { readUnion } from './read-union.ts';
import { type Plain, type Schema, SchemaRoot } from './schema-root.ts';

/** The form of a JSON Schema. What the form cannot say becomes a field of the kind `json`, which gives the reason. */
export function readSchema(schema: unknown): FieldModel {
  return fieldOf(schema, new SchemaRoot(schema));
}

function fieldOf(schema: unknown, root: SchemaRoot): FieldModel {
  return root.once(schema, () => {
    const resolved = root.resolve(schema);
    if ('why' in resolved) return { kind: 'json', why: resolved.why };
    return { ...textOf(resolved.schema), ...shapeOf(resolved.schema, root) };
  });
}

function textOf({ title, description, default: preset }: Schema): FieldText {
  return {
    title: typeof title === 'string' ? title : undefined,
    description: typeof description === 'string' ? description : undefined,
    preset: preset === undefined ? undefined : fromPlain(preset),
  };
}

const NOT_IN_FORMS = [
  'if',
  'not',
  'dependentSchemas',
  'dependentRequired',
  'contains',
  'unevaluatedItems',
  '$dynamicRef',
];

function shapeOf(schema: Schema, root: SchemaRoot): FieldShape {
  const odd = NOT_IN_FORMS.find(keyword => schema[keyword] !== undefined);
  if (odd !== undefined) return { kind: 'json', why: `The schema uses "${odd}", which a form cannot show.` };
  const read = (inner: unknown): FieldModel => fieldOf(inner, root);
  if (schema.const !== undefined) return { kind: 'choice', options: [fromPlain(schema.const)] };
  if (Array.isArray(schema.enum)) return { kind: 'choice', options: schema.enum.map(fromPlain) };
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches)) return readUnion(branches, root, read);
  if (Array.isArray(schema.type))
    return readUnion(
      schema.type.map(type => ({ ...schema, type, default: undefined })),
      root,
      read,
    );
  return ofType(schema, read);
}

function ofType(schema: Schema, read: (schema: unknown) => FieldModel): FieldShape {
  switch (schema.type) {
    case 'object':
      return objectOf(schema, read);
    case 'array':
      return listOf(schema, read);
    case 'string':
      return {
        kind: 'text',
        format: typeof schema.format === 'string' ? schema.format : undefined,
        shortest: numberIn(schema.minLength),
        longest: numberIn(schema.maxLength),
        pattern: typeof schema.pattern === 'string' ? schema.pattern : undefined,
      };
    case 'integer':
    case 'number':
      return {
        kind: 'number',
        whole: schema.type === 'integer',
        least: numberIn(schema.minimum) ?? numberIn(schema.exclusiveMinimum),
        most: numberIn(schema.maximum) ?? numberIn(schema.exclusiveMaximum),
      };
    case 'boolean':
      return { kind: 'boolean' };
    case 'null':
      return { kind: 'choice', options: [null] };
    case undefined:
      return { kind: 'json', why: 'The schema allows any JSON here.' };
    default:
      return { kind: 'json', why: `The schema has the type ${JSON.stringify(schema.type)}, which JSON does not know.` };
  }
}

function objectOf(schema: Schema, read: (schema: unknown) => FieldModel): FieldShape {
  const properties = Object.entries((schema.properties as Plain | undefined) ?? {});
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const patterns = Object.entries((schema.patternProperties as Plain | undefined) ?? {});
  if (patterns.length > 1 || (patterns.length === 1 && properties.length > 0))
    return { kind: 'json', why: 'The schema has names by pattern beside others, which a form cannot show.' };
  const [pattern, patterned] = patterns[0] ?? [];
  const others = patterned ?? schema.additionalProperties;
  if (properties.length === 0) {
    if (others === false) return { kind: 'object', fields: [] };
    const names = pattern ?? ((schema.propertyNames as Schema | undefined)?.pattern as string | undefined);
    return { kind: 'record', value: () => read(others === true || others === undefined ? {} : others), names };
  }
  const fields = properties.map(
    ([name, property]): ObjectField => ({ name, required: required.has(name), model: () => read(property) }),
  );
  const open = typeof others === 'object' && others !== null;
  return { kind: 'object', fields, others: open ? () => read(others) : undefined };
}

function listOf(schema: Schema, read: (schema: unknown) => FieldModel): FieldShape {
  if (Array.isArray(schema.prefixItems))
    return { kind: 'json', why: 'The schema gives each position of the list its own shape, which a form cannot show.' };
  return {
    kind: 'list',
    item: () => read(schema.items ?? {}),
    least: numberIn(schema.minItems) ?? 0,
    most: numberIn(schema.maxItems) ?? Number.POSITIVE_INFINITY,
  };
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
