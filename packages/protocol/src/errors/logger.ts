import { errorLine } from './error-line.ts';
import { refuseOption } from './option-checks.ts';
import { TenantryError } from './tenantry-error.ts';

/**
 * What logs: pino, `console`, or anything with these methods. Pino gets the fields first and then the message, which is its order; everything
 * else the message first and then the fields. Neither has a value, a secret or a record's key in it.
 */
export interface Logger {
  debug?(...args: never[]): unknown;
  info?(...args: never[]): unknown;
  warn(...args: never[]): unknown;
  error(...args: never[]): unknown;
}

/** The methods that are called. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What is said beside the message. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Logs one line. Never throws: what it tells of has happened already. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

/** `INVALID_OPTION` for what cannot log. */
export function checkLogger(logger: unknown): asserts logger is Logger | undefined {
  if (logger === undefined) return;
  const { debug, info, warn, error } = (logger ?? {}) as Record<string, unknown>;
  const isLogger =
    [warn, error].every(isFunction) && [debug, info].every(each => each === undefined || isFunction(each));
  if (!isLogger) refuseOption('logger', 'a logger with `warn` and `error`, such as pino or console', logger);
}

/** The logger as one function; undefined without one. */
export function logOf(logger: Logger | undefined): Log | undefined {
  if (!logger) return undefined;
  const methods = logger as unknown as Record<LogLevel, ((...args: unknown[]) => unknown) | undefined>;
  // Pino's own, and what a test makes of it: `bindings` are its fields.
  const isFieldsFirst = isFunction((logger as { bindings?: unknown }).bindings);
  return (level, message, fields = {}) => {
    const text = `tenantry: ${message}`;
    try {
      if (isFieldsFirst) methods[level]?.(fields, text);
      else methods[level]?.(text, fields);
    } catch {
      // There is nobody left to tell.
    }
  };
}

/** Logs an error by its line and its code: nothing else of it, which may have what was sent. */
export function logError(log: Log | undefined, level: LogLevel, error: unknown): void {
  log?.(
    level,
    errorLine(error),
    error instanceof TenantryError ? { code: error.code, retryable: error.retryable } : {},
  );
}

function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function';
}
