import { TenantryError } from '@tenantry/protocol';

/**
 * Settles with `work` or, after `budgetMs`, with a `TIMEOUT` error. The work itself goes on: whoever started it
 * must be able to bear its late end. `named` says what becomes of its error.
 */
export function within<T>(
  budgetMs: number,
  what: string,
  work: Promise<T>,
  named: (error: unknown) => unknown = error => error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new TenantryError('TIMEOUT', `${what} took longer than its budget of ${budgetMs} ms.`)),
      budgetMs,
    );
    // Not `finally`, which would be one more promise for each of the busiest calls there are.
    work.then(
      result => {
        clearTimeout(timer);
        resolve(result);
      },
      error => {
        clearTimeout(timer);
        reject(named(error));
      },
    );
  });
}
