import { TenantryError } from '@tenantry/protocol';

/** A function of the application threw: its error is the cause. The message does not quote it, because it may hold a value. */
export function handlerFailed(what: string, consequence: string, cause: unknown): TenantryError {
  const name = cause instanceof Error ? cause.name : typeof cause;
  return new TenantryError('HANDLER_FAILED', `${what} failed with ${name}: ${consequence}.`, { cause });
}

/** Calls a function of the application whose result nobody needs. It may fail at once, or later where it answers with a promise. */
export function callHandler(call: () => unknown, failed: (cause: unknown) => void): void {
  try {
    const result = call();
    if (result instanceof Promise) result.catch(failed);
  } catch (cause) {
    failed(cause);
  }
}

/** The result of a function of the application, which may throw instead of rejecting. */
export async function resultOf<T>(call: () => T | Promise<T>): Promise<T> {
  return call();
}
