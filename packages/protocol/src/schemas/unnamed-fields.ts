type Schema = Readonly<Record<string, unknown>>;

/**
 * The fields of a value that its JSON Schema does not name, as JSON Pointers: such a field passes where a schema lets other names through, and many
 * libraries drop it without a word when they read it. Nothing is said of a part whose names are open, or that uses a keyword by which names may be given
 * elsewhere. Of several branches each may name a field, but for those whose constant is another one.
 */
export function unnamedFields(schema: object, value: unknown): string[] {
  return fieldsBelow([schema], value, '', schema as Schema);
}

/** `schemas`: all that may be said of this part of the value. */
function fieldsBelow(schemas: readonly unknown[], value: unknown, pointer: string, root: Schema): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const said = new Set<Schema>();
  for (const schema of schemas) if (!collect(schema, value, root, said)) return [];
  const all = [...said];
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => fieldsBelow(itemSchemas(all, i), item, `${pointer}/${i}`, root));
  }
  const objects = all.filter(isAboutObjects);
  if (objects.length === 0 || objects.some(isOpen)) return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const found = objects.flatMap(schema => fieldSchemas(schema, name));
    const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return found.length === 0 ? [place] : fieldsBelow(found, part, place, root);
  });
}

/** Keywords by which names may be given in ways that are not followed here. */
const NOT_FOLLOWED = ['if', 'dependentSchemas', 'unevaluatedProperties', '$dynamicRef'];

/** Adds a schema, and those that it is put together of. False where not all of them can be found. */
function collect(schema: unknown, value: object, root: Schema, said: Set<Schema>): boolean {
  if (schema === false) return true;
  if (!isObject(schema) || NOT_FOLLOWED.some(keyword => keyword in schema)) return false;
  if (said.has(schema) || !mayBeOf(schema, value)) return true;
  said.add(schema);
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap(keyword => (schema[keyword] as unknown[] | undefined) ?? []);
  if (!parts.every(part => collect(part, value, root, said))) return false;
  return schema.$ref === undefined || collect(targetOf(schema.$ref, root), value, root, said);
}

/** Whether no constant of the schema says that it is of other values. */
function mayBeOf({ properties }: Schema, value: object): boolean {
  return Object.entries((properties as Schema | undefined) ?? {}).every(([name, field]) => {
    if (!isObject(field) || !('const' in field) || !Object.hasOwn(value, name)) return true;
    return (value as Schema)[name] === field.const;
  });
}

function targetOf(reference: unknown, root: Schema): unknown {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) return undefined;
  const steps = reference.split('/').slice(1);
  return steps.reduce<unknown>((here, step) => {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof here === 'object' && here !== null && Object.hasOwn(here, name) ? (here as Schema)[name] : undefined;
  }, root);
}

const ABOUT_NAMES = ['properties', 'patternProperties', 'additionalProperties'];
const PUT_TOGETHER = ['allOf', 'anyOf', 'oneOf', '$ref'];

function isAboutObjects({ type, ...rest }: Schema): boolean {
  if (type !== undefined) return [type].flat().includes('object');
  return ABOUT_NAMES.some(keyword => keyword in rest) || !('enum' in rest || 'const' in rest);
}

/** Any name may stand there: the schema says nothing of names, and has no parts that could. */
function isOpen(schema: Schema): boolean {
  const { additionalProperties: others } = schema;
  if (others === true || (isObject(others) && Object.keys(others).length === 0)) return true;
  return ![...ABOUT_NAMES, ...PUT_TOGETHER].some(keyword => keyword in schema);
}

/** What is said of a field; nothing where the schema does not name it. */
function fieldSchemas(schema: Schema, name: string): unknown[] {
  const { properties, patternProperties, additionalProperties: others } = schema;
  const own = isObject(properties) && Object.hasOwn(properties, name) ? [properties[name]] : [];
  const byPattern = Object.entries((patternProperties as Schema | undefined) ?? {})
    .filter(([pattern]) => matches(pattern, name))
    .map(([, field]) => field);
  const named = [...own, ...byPattern];
  return named.length === 0 && isObject(others) ? [others] : named;
}

/** A pattern of a dialect that is not known here may match. */
function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name);
  } catch {
    return true;
  }
}

function itemSchemas(schemas: readonly Schema[], index: number): unknown[] {
  return schemas.flatMap(({ prefixItems, items }) => {
    const at = Array.isArray(prefixItems) && index < prefixItems.length ? prefixItems[index] : items;
    return at === undefined ? [] : [at];
  });
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
