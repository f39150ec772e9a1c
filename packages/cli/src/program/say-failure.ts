import type { TenantryError } from '@tenantry/protocol';
import { Failure } from '../failures/failure.ts';
import { toJson } from '../json/raw-numbers.ts';
import { printable } from '../output/text-width.ts';
import { visible } from '../output/visible.ts';

/** What stopped the program, as one line: for people, or as JSON. */
export function failureText(failure: Failure, asJson: boolean): string {
  const { code, message, status, retryable, details, exitCode } = failure;
  if (asJson) return `${visible(toJson({ code, message, status, retryable, details, exitCode }))}\n`;
  return `tenantry: ${printable(code)}: ${printable(message)}${placesOf(message, details)}\n`;
}

/**
 * Any error as a failure. A `TenantryError` of a package says what is wrong, without values. What is none of ours is a fault of this program, and
 * its text may hold anything: it is not shown.
 */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  // By its name: a part may have brought its own copy of the package.
  if (isTenantryError(error)) {
    const { code, message, retryable } = error;
    return new Failure(code, message, { retryable, cause: error });
  }
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  const what = [name, code].filter(each => typeof each === 'string').join(' ');
  return new Failure('INTERNAL', `This program failed (${what || typeof error}). --debug shows where.`, {
    cause: error,
  });
}

function isTenantryError(error: unknown): error is TenantryError {
  return error instanceof Error && error.name === 'TenantryError' && 'code' in error;
}

/** The paths that a schema found wrong, and what it says of each, where the message does not. */
function placesOf(said: string, { issues }: Failure['details']): string {
  if (!Array.isArray(issues)) return '';
  const places = (issues as readonly { readonly path?: unknown; readonly message?: unknown }[])
    .filter(({ message }) => typeof message === 'string' && !said.includes(message))
    .map(({ path, message }) => `${String(path ?? '') || 'the value'}: ${String(message)}`);
  return places.length === 0 ? '' : ` (${printable(places.slice(0, 10).join('; '))})`;
}
