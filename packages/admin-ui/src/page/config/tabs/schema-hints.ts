import { type Schema, Validator } from '@cfworker/json-schema';
import { type Issue, schemaIssues } from '../../form-model/hints.ts';
import type { Json } from '../../json/json-tree.ts';
import { toPlain } from '../../json/plain.ts';

const validators = new WeakMap<object, Validator>();

/** Loaded when something is edited. The validator interprets the schema, so the page's policy need not allow code from text. */
export function schemaHints(schema: unknown, tree: Json, isPart: boolean): readonly Issue[] {
  if (typeof schema !== 'object' || schema === null) return [];
  try {
    let validator = validators.get(schema);
    if (validator === undefined) {
      validator = new Validator(structuredClone(schema) as Schema, '2020-12', false);
      validators.set(schema, validator);
    }
    const { errors } = validator.validate(toPlain(tree));
    // What a scope leaves out of its part may come from above.
    return schemaIssues(isPart ? errors.filter(({ keyword }) => keyword !== 'required') : errors);
  } catch {
    // A schema that this validator cannot follow is the server's to judge.
    return [];
  }
}
