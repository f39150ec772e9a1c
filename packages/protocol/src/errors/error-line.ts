import { describeArrived, TenantryError } from './tenantry-error.ts';

/**
 * One line that says what went wrong, for a terminal or a log: no stack, no SQL with its values, no password out of
 * a URL.
 */
export function errorLine(error: unknown): string {
  if (error instanceof TenantryError) return `${error.code}: ${firstLine(error.message)}`;
  if (!(error instanceof Error)) return `${describeArrived(typeof error)} was thrown, not an Error`;
  const { name, message, code } = error as Error & { code?: unknown };
  if (message === '' || SPEAKS_OF_VALUES.some(property => property in error))
    return code === undefined ? name : `${name} (${String(code)})`;
  return name === 'Error' ? firstLine(message) : `${name}: ${firstLine(message)}`;
}

/** What database drivers, MikroORM and ioredis put on errors whose message holds what was sent. */
const SPEAKS_OF_VALUES = ['sql', 'sqlMessage', 'sqlState', 'command', 'entity'];

/** MikroORM shows the entity in the lines after the first. */
function firstLine(text: string): string {
  return (text.split('\n')[0] as string).replace(/([a-z][a-z\d+.-]*:\/\/)[^\s'"]*@/gi, '$1…@');
}
