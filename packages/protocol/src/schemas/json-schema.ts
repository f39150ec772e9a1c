import type { AnyConfig } from '../definitions/config-definition.ts';

/** The JSON Schema of a config, or why there is none. */
export interface SchemaAnswer {
  readonly schema: object | undefined;
  readonly schemaProblem: string | undefined;
}

/** What libraries that can say their schemas as JSON Schema have under `~standard`. */
interface JsonSchemaSource {
  readonly input: (options: { readonly target: 'draft-2020-12' }) => object;
}

const known = new WeakMap<AnyConfig, SchemaAnswer>();

/** JSON Schema 2020-12 of what may be written, as the schema's own library says it. */
export function jsonSchemaOf(config: AnyConfig): SchemaAnswer {
  let answer = known.get(config);
  if (!answer) {
    answer = makeSchema(config);
    known.set(config, answer);
  }
  return answer;
}

function makeSchema({ schema, secret }: AnyConfig): SchemaAnswer {
  const standard = schema['~standard'] as { vendor: string; jsonSchema?: JsonSchemaSource };
  if (!standard.jsonSchema)
    return without(`The schema is of ${standard.vendor}, which does not say its schemas as JSON Schema.`);
  try {
    const found = standard.jsonSchema.input({ target: 'draft-2020-12' });
    // What does not travel as JSON is no JSON Schema.
    const copy = JSON.parse(JSON.stringify(found)) as object;
    return { schema: secret ? withoutValues(copy) : copy, schemaProblem: undefined };
  } catch (error) {
    const why = error instanceof Error && !secret ? `: ${error.message}` : '';
    return without(`The schema cannot be written as JSON Schema${why}`);
  }
}

function without(schemaProblem: string): SchemaAnswer {
  return { schema: undefined, schemaProblem };
}

const VALUES = new Set(['default', 'examples', 'const', 'enum']);

/** A secret's default is one. Of what is called so among the properties only the name stays. */
function withoutValues(schema: object): object {
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => !VALUES.has(keyword))
      .map(([keyword, part]) => [keyword, withoutValuesIn(keyword, part)]),
  );
}

const MAPS = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);

function withoutValuesIn(keyword: string, part: unknown): unknown {
  if (Array.isArray(part)) return part.map(each => withoutValuesIn('', each));
  if (typeof part !== 'object' || part === null) return part;
  if (!MAPS.has(keyword)) return withoutValues(part);
  return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, withoutValuesIn('', each)]));
}
