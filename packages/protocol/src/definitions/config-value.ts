import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import { toJsonText } from '../wire/json-text.ts';
import { checkOutput, isThenable, refuseLater, shareOutput } from '../wire/share.ts';
import type { AnyConfig, ConfigDefinition } from './config-definition.ts';
import { expandVariables } from './expand-variables.ts';

/**
 * The JSON text of a value that the schema accepts. `NOT_JSON`, `INVALID_VALUE` with every issue and its path, or
 * `PAYLOAD_TOO_LARGE`; no message holds the value.
 */
export function encodeConfigValue(definition: AnyConfig, value: unknown): string {
  const { name, maxBytes } = definition;
  const text = toJsonText(value);
  // Under `merge` it may be a part of a value: the schema checks what comes of it. A copy of its own: a schema may change what it is given.
  if (definition.inherit !== 'merge') checkOutput(name, outputOf(definition, JSON.parse(text)));
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    throw new TenantryError(
      'PAYLOAD_TOO_LARGE',
      `"${name}": the value takes ${bytes} bytes, its limit is ${maxBytes} (\`maxBytes\`): nothing was written.`,
    );
  return text;
}

/**
 * What readers get for a stored value: the schema's output, of which all that is data is copied and read-only. `INVALID_VALUE` where the
 * schema refuses it, throws, or makes something that contains itself. The variables of a config with `expand` are those of this process.
 */
export function parseConfigValue<T>(definition: ConfigDefinition<T, unknown>, stored: unknown): T {
  return shareOutput(definition.name, outputOf(definition, stored));
}

function outputOf<T>(definition: ConfigDefinition<T, unknown>, stored: unknown): T {
  return accepted(definition, expandVariables(stored, definition.expand, process.env));
}

function accepted<T>(definition: ConfigDefinition<T, unknown>, stored: unknown): T {
  const { name, schema, secret } = definition;
  let result: StandardSchemaV1.Result<T> | Promise<StandardSchemaV1.Result<T>>;
  try {
    result = schema['~standard'].validate(stored) as StandardSchemaV1.Result<T> | Promise<StandardSchemaV1.Result<T>>;
  } catch (error) {
    throw threw(name, error);
  }
  if (isThenable(result)) {
    const thrown = thrownAtOnce(schema, stored);
    if (thrown === undefined) return refuseLater(name, result);
    result.then(undefined, () => undefined);
    throw threw(name, thrown.error);
  }
  if (!result.issues) return result.value;
  const issues = result.issues.map(({ path, message }) => ({
    path: pathText(path),
    // A schema's own words may quote what it got.
    message: secret ? 'refused' : message,
  }));
  const list = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  throw new TenantryError('INVALID_VALUE', `"${name}": its schema refuses the value: ${list}.`, {
    details: { issues },
  });
}

// Without the cause: it may quote the value.
function threw(name: string, error: unknown): TenantryError {
  return new TenantryError('INVALID_VALUE', `"${name}": its schema threw a ${nameOf(error)} instead of an answer.`);
}

/**
 * What a function of the schema threw, where that is why the answer is a promise: zod takes whatever is thrown for a reason to try again
 * asynchronously. Its own `safeParse` tells the two apart.
 */
function thrownAtOnce(schema: object, stored: unknown): { readonly error: unknown } | undefined {
  const { safeParse } = schema as { safeParse?: unknown };
  if (typeof safeParse !== 'function') return undefined;
  try {
    safeParse.call(schema, stored);
    return undefined;
  } catch (error) {
    // "Encountered Promise during synchronous parse", and in zod 3 "Async refinement encountered during synchronous parse operation".
    return error instanceof Error && /synchronous parse/.test(error.message) ? undefined : { error };
  }
}

function pathText(path: StandardSchemaV1.Issue['path']): string {
  return (path ?? [])
    .map(part => (typeof part === 'object' ? part.key : part))
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : describeArrived(error);
}
