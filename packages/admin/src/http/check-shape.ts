import { type Schema, Validator } from '@cfworker/json-schema';
import type { Route } from '@tenantry/admin-api';
import { wantedBySchema } from '@tenantry/protocol/internal';
import { Refused } from './refused.ts';

// Interprets the schema: nothing is compiled from text.
const validators = new WeakMap<object, Validator>();

/** `INVALID_REQUEST` with every path, where a body is not as its route says. */
export function checkBody(route: Route, body: unknown): void {
  if (route.body) check(route.body, body, 'The body');
}

/** The query of a request as its route says: numbers and true or false from their texts. `INVALID_REQUEST`. */
export function readQuery(route: Route, search: URLSearchParams): Record<string, unknown> {
  const properties = ((route.query as Schema | undefined)?.properties ?? {}) as Record<string, Schema>;
  // An assignment to `__proto__` would be none.
  const query: Record<string, unknown> = Object.fromEntries(
    Array.from(new Set(search.keys()), name => {
      const [text = '', ...more] = search.getAll(name);
      if (more.length > 0) throw refusal('The query', [{ path: name, message: 'stands there twice' }]);
      return [name, readText(text, Object.hasOwn(properties, name) ? properties[name] : undefined)];
    }),
  );
  if (route.query) check(route.query, query, 'The query');
  else if (Object.keys(query).length > 0)
    throw refusal('The query', [{ path: Object.keys(query)[0] as string, message: 'is not known here' }]);
  return query;
}

function readText(text: string, schema: Schema | undefined): unknown {
  if (schema?.type === 'integer') return /^(0|-?[1-9]\d{0,15})$/.test(text) ? Number(text) : text;
  if (schema?.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

function check(schema: object, value: unknown, what: string): void {
  let validator = validators.get(schema);
  if (!validator) {
    // Every error: the caller mends them together.
    validator = new Validator(JSON.parse(JSON.stringify(schema)) as Schema, '2020-12', false);
    validators.set(schema, validator);
  }
  const { valid, errors } = validator.validate(value);
  if (valid) return;
  // An error of a property is one of its object, too: the innermost says it.
  const inner = errors.filter(
    ({ keyword }) => !['properties', 'items', 'anyOf', 'additionalProperties'].includes(keyword),
  );
  const told = (inner.length > 0 ? inner : errors).slice(0, 20);
  throw refusal(
    what,
    told.map(({ instanceLocation, keyword, keywordLocation }) => ({
      path: instanceLocation.replace(/^#\/?/, ''),
      message: messageOf(schema, keyword, keywordLocation),
    })),
  );
}

/** What is wrong, and where the schema says it in a few words what is wanted. */
function messageOf(schema: object, keyword: string, place: string): string {
  const wrong = MESSAGES[keyword] ?? `is not as ${place.split('/').at(-1)} wants it`;
  const wanted = wantedBySchema(schema, place);
  return wanted === undefined ? wrong : `${wrong} (${wanted})`;
}

// Of our own: those of the validator quote what they got.
const MESSAGES: Readonly<Record<string, string>> = {
  ...{ type: 'is of another type', required: 'lacks a property', false: 'is not known here' },
  ...{ enum: 'is none of the words for it', const: 'is not the word for it', pattern: 'is not written so' },
  ...{ minLength: 'is too short', maxLength: 'is too long', minimum: 'is too small', maximum: 'is too large' },
  ...{ minItems: 'has too few', maxItems: 'has too many' },
  additionalProperties: 'has a property that is not known here',
};

function refusal(what: string, issues: readonly { path: string; message: string }[]): Refused {
  const list = issues.map(({ path, message }) => `${path === '' ? 'it' : path} ${message}`).join('; ');
  return new Refused(400, 'INVALID_REQUEST', `${what} is not as it should be: ${list}.`, { details: { issues } });
}
