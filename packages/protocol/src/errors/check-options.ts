import { checkOptionNames, refuseOption, withDefaults } from './option-checks.ts';

/** What one option may be, and what it is where it was left out. */
export interface OptionRule<D = unknown> {
  readonly default: D;
  /** What the option must be, as the error says it: "a function". */
  readonly expected: string;
  /** Asked for `undefined`, too: an option that may be left out accepts it. */
  accepts(value: unknown): boolean;
}

/** One rule for each option, in the order in which the error about an unknown name lists them. */
export type OptionRules<O> = { readonly [P in keyof O]-?: OptionRule<NonNullable<O[P]> | undefined> };

/** The options, with those that have a default no longer optional. */
export type CheckedOptions<O, R extends OptionRules<O>> = O & {
  readonly [P in keyof O as R[P]['default'] extends undefined ? never : P]-?: NonNullable<O[P]>;
};

/**
 * Checks the options of one entry point against a table of rules and fills in the defaults. `INVALID_OPTION` for an
 * unknown name, and for the first value that its rule does not accept.
 *
 *     checkOptions('startWorker', options, { redis: checkedBy(checkRedisClient), everyMs: whole(10, DAY_MS, 1_000) })
 */
export function checkOptions<O extends object, const R extends OptionRules<O>>(
  whose: string,
  options: O,
  rules: R,
): CheckedOptions<O, R> {
  checkOptionNames(whose, options, Object.keys(rules));
  const refused = firstRefused(options, rules);
  if (refused) refuseOption(refused.name, refused.expected, refused.value);
  const defaults = Object.entries<OptionRule>(rules).filter(([, rule]) => rule.default !== undefined);
  return withDefaults(
    Object.fromEntries(defaults.map(([name, rule]) => [name, rule.default])),
    options,
  ) as CheckedOptions<O, R>;
}

/** The first option that its rule does not accept, for callers that have an error of their own. */
export function firstRefused<O extends object>(
  options: O,
  rules: { readonly [P in keyof O]-?: OptionRule },
): { readonly name: string; readonly expected: string; readonly value: unknown } | undefined {
  for (const [name, { accepts, expected }] of Object.entries<OptionRule>(rules)) {
    const value: unknown = (options as Record<string, unknown>)[name];
    if (!accepts(value)) return { name, expected, value };
  }
  return undefined;
}

/** Whole numbers from `least` to `most`. */
export function whole(least: number, most: number, byDefault: number): OptionRule<number>;
export function whole(least: number, most?: number): OptionRule<undefined>;
export function whole(
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
  byDefault?: number,
): OptionRule<number | undefined> {
  const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return optional(
    `a whole number ${bounds}`,
    value => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
    byDefault,
  );
}

/** A function. */
export function fn<F extends (...args: never[]) => unknown>(byDefault: F): OptionRule<F>;
export function fn(): OptionRule<undefined>;
export function fn(byDefault?: (...args: never[]) => unknown): OptionRule {
  return optional('a function', value => typeof value === 'function', byDefault);
}

/** True or false. */
export function flag(byDefault: boolean): OptionRule<boolean>;
export function flag(): OptionRule<undefined>;
export function flag(byDefault?: boolean): OptionRule<boolean | undefined> {
  return optional('true or false', value => typeof value === 'boolean', byDefault);
}

/** One of some texts; `expected` where the error says it in other words. */
export function oneOf<const C extends string>(choices: readonly C[], expected: string, byDefault: C): OptionRule<C>;
export function oneOf(choices: readonly string[], expected?: string): OptionRule<undefined>;
export function oneOf<const C extends string>(
  choices: readonly C[],
  expected: string = choices.join(', '),
  byDefault?: C,
): OptionRule<C | undefined> {
  return optional(expected, value => (choices as readonly unknown[]).includes(value), byDefault);
}

/** Any value that passes the test, or is left out. */
export function optional<D = undefined>(
  expected: string,
  accepts: (value: unknown) => boolean,
  byDefault?: D,
): OptionRule<D> {
  return { expected, accepts: value => value === undefined || accepts(value), default: byDefault as D };
}

/** Any value that passes the test. */
export function required(expected: string, accepts: (value: unknown) => boolean): OptionRule<undefined> {
  return { expected, accepts, default: undefined };
}

/** A value that a check with an error of its own lets pass; the check is asked for `undefined`, too. */
export function checkedBy(check: (value: unknown) => unknown): OptionRule<undefined> {
  return {
    expected: '',
    accepts(value) {
      check(value);
      return true;
    },
    default: undefined,
  };
}
