import type { AnswerOf } from '@tenantry/admin-api';
import { unnamedFields } from '@tenantry/protocol/internal';
import { parseJson } from '../json/raw-numbers.ts';

type Definition = Pick<AnswerOf<'definitions.get'>, 'name' | 'schema' | 'secret'>;

/** A field that the schema of a config does not name: it may be misspelt. */
export interface Unnamed {
  /** JSON Pointer. */
  readonly pointer: string;
  /** For people. */
  readonly message: string;
}

/** The fields of a value that the schema does not name. The server takes such a value. Nothing is said of a secret: a field may be one itself. */
export function unnamedIn({ name, schema, secret }: Definition, scope: string, json: string): Unnamed[] {
  if (secret || typeof schema !== 'object' || schema === null) return [];
  return unnamedFields(schema, parseJson(json)).map(pointer => ({
    pointer,
    message: `warning: ${name} of ${scope}: the schema does not name ${pointer}`,
  }));
}
