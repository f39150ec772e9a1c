import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import { toJsonText } from '../wire/json-text.ts';
import { deepFreeze } from '../wire/payload.ts';
import type { AnyConfig, ConfigDefinition } from './config-definition.ts';

/**
 * The JSON text of a value that the schema accepts. `NOT_JSON`, `INVALID_VALUE` with every issue and its path, or
 * `PAYLOAD_TOO_LARGE`; no message holds the value.
 */
export function encodeConfigValue(definition: AnyConfig, value: unknown): string {
  const { name, maxBytes } = definition;
  const text = toJsonText(value);
  accepted(definition, JSON.parse(text));
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    throw new TenantryError(
      'PAYLOAD_TOO_LARGE',
      `"${name}": the value takes ${bytes} bytes, its limit is ${maxBytes} (\`maxBytes\`): nothing was written.`,
    );
  return text;
}

/** What readers get for a stored value: the schema's output, frozen in depth. `INVALID_VALUE` where the schema refuses it. */
export function parseConfigValue<T>(definition: ConfigDefinition<T, unknown>, stored: unknown): T {
  return deepFreeze(accepted(definition, stored));
}

function accepted<T>(definition: ConfigDefinition<T, unknown>, stored: unknown): T {
  const { name, schema, secret } = definition;
  let result: StandardSchemaV1.Result<T> | Promise<StandardSchemaV1.Result<T>>;
  try {
    result = schema['~standard'].validate(stored) as StandardSchemaV1.Result<T> | Promise<StandardSchemaV1.Result<T>>;
  } catch (error) {
    // Without the cause: it may quote the value.
    throw new TenantryError('INVALID_VALUE', `"${name}": its schema threw a ${nameOf(error)} instead of an answer.`);
  }
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new TenantryError(
      'INVALID_DEFINITION',
      `"${name}": its schema does not answer at once: it validates asynchronously, or one of its functions threw. A config must be readable at once.`,
    );
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

function pathText(path: StandardSchemaV1.Issue['path']): string {
  return (path ?? [])
    .map(part => (typeof part === 'object' ? part.key : part))
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : describeArrived(error);
}
