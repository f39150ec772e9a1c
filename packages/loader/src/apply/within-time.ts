import { TenantryError } from '@tenantry/protocol';

/** What work answers within a time; `TIMEOUT` after it. The work itself goes on: a database that hangs answers nobody who asks it to stop. */
export function withinTime<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TenantryError('TIMEOUT', `${what} took longer than ${ms} ms.`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
