import type { FieldModel } from './field-model.ts';

export type Plain = Readonly<Record<string, unknown>>;

/** An object of JSON Schema 2020-12. */
export type Schema = Plain;

export type Resolved = { readonly schema: Schema } | { readonly why: string };

/** The whole schema: what references point into, and each field that was read from it. */
export class SchemaRoot {
  readonly #root: unknown;
  /** A model is read once, so that what is shown again is the same object, and a schema that contains itself ends. */
  readonly #read = new WeakMap<object, FieldModel>();

  constructor(root: unknown) {
    this.#root = root;
  }

  once(schema: unknown, read: () => FieldModel): FieldModel {
    if (typeof schema !== 'object' || schema === null) return read();
    const known = this.#read.get(schema);
    if (known !== undefined) return known;
    const model = read();
    this.#read.set(schema, model);
    return model;
  }

  /** Follows references and puts the parts of an `allOf` together. */
  resolve(schema: unknown, followed = 0): Resolved {
    if (schema === true) return { schema: {} };
    if (!isPlain(schema)) return { why: 'The schema allows nothing here.' };
    if (followed > 20) return { why: 'The schema refers to itself without an end.' };
    if (typeof schema.$ref === 'string') {
      const target = this.#target(schema.$ref);
      if (target === undefined) return { why: `The schema refers to ${schema.$ref}, which is not there.` };
      const { $ref: _, ...beside } = schema;
      const inner = this.resolve(target, followed + 1);
      return 'why' in inner ? inner : { schema: { ...inner.schema, ...beside } };
    }
    if (Array.isArray(schema.allOf)) return this.#together(schema, schema.allOf, followed);
    return { schema };
  }

  #target(reference: string): unknown {
    if (!reference.startsWith('#')) return undefined;
    let here: unknown = this.#root;
    for (const step of reference.slice(1).split('/').filter(Boolean)) {
      const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      here = isPlain(here) || Array.isArray(here) ? (here as Plain)[name] : undefined;
    }
    return here;
  }

  #together(schema: Schema, parts: readonly unknown[], followed: number): Resolved {
    const { allOf: _, ...beside } = schema;
    let together: Schema = beside;
    for (const part of parts) {
      const resolved = this.resolve(part, followed + 1);
      if ('why' in resolved) return resolved;
      const both = joined(together, resolved.schema);
      if (both === undefined) return { why: 'The schema combines parts ("allOf") that a form cannot join.' };
      together = both;
    }
    return { schema: together };
  }
}

/** Only objects, and parts that say different things, can be joined without a doubt. */
function joined(one: Schema, other: Schema): Schema | undefined {
  const both: Record<string, unknown> = { ...one };
  for (const [keyword, value] of Object.entries(other)) {
    const had = both[keyword];
    if (had === undefined) both[keyword] = value;
    else if (keyword === 'properties') both[keyword] = { ...(had as Plain), ...(value as Plain) };
    else if (keyword === 'required') both[keyword] = [...new Set([...(had as string[]), ...(value as string[])])];
    else if (keyword === 'title' || keyword === 'description') both[keyword] = had;
    else if (JSON.stringify(had) !== JSON.stringify(value)) return undefined;
  }
  return both;
}

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
