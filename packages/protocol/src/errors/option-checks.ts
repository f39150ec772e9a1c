import { describeArrived, TenantryError } from './tenantry-error.ts';

/** The longest time, in ms, that a timer of Node can wait. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Throws `INVALID_OPTION`: what was expected, and what arrived. */
export function refuseOption(name: string, expected: string, got: unknown): never {
  throw new TenantryError('INVALID_OPTION', `\`${name}\` must be ${expected}, got ${describeArrived(got)}.`);
}

/** Refuses what is no object, and names nobody knows: a misspelt option would silently be its default. */
export function checkOptionNames(whose: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) refuseOption(`The options of ${whose}`, 'an object', options);
  for (const [name, value] of Object.entries(options as object)) {
    if (value !== undefined && !known.includes(name))
      throw new TenantryError('INVALID_OPTION', `${whose} has no option "${name}"; it has ${known.join(', ')}.`);
  }
}

/** Whether it is text that every database keeps: without half a surrogate pair, and without U+0000, which PostgreSQL refuses. */
export function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
}

/** An option that may be left out is checked only where it was given. */
export function checkWholeOption(
  name: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  if (value === undefined) return;
  const fits = Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
  if (!fits)
    refuseOption(
      name,
      most === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${least}`
        : `a whole number from ${least} to ${most}`,
      value,
    );
}

/** Refuses a value that is no function. */
export function checkFunctionOption(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') refuseOption(name, 'a function', value);
}

/** The options with defaults for those left out; an explicit `undefined` is left out too. */
export function withDefaults<D extends object, O extends object>(defaults: D, options: O): D & O {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...defaults, ...given } as D & O;
}
