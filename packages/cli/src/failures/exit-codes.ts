/** What the program ends with. */
export const EXIT = {
  /** Done, or there was nothing to do. */
  done: 0,
  /** It failed: nothing is known, or nothing was found. */
  failed: 1,
  /** Nothing was written, and the same call without `--dry-run` would. */
  wouldChange: 2,
  /** Somebody or something says no: a right, a condition, a rule. The same call is refused again. */
  refused: 3,
  /** Some of it was done. */
  partly: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

/** One of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The codes that say no. What is not here has failed. */
const REFUSALS: ReadonlySet<string> = new Set([
  // Rights, and who calls.
  ...['NOT_SIGNED_IN', 'FORBIDDEN', 'NOT_ALLOWED', 'CROSS_SITE', 'READ_ONLY', 'AUTH_NOT_CONFIGURED'],
  // Conditions: somebody else was faster.
  ...['CONFLICT', 'KEY_EXISTS', 'PRECONDITION_REQUIRED', 'GROUP_IN_USE', 'LAST_GRANT', 'INSTALLATION_CONFLICT'],
  // Rules for values and groups.
  ...['NOT_JSON', 'INVALID_VALUE', 'INVALID_PATCH', 'PAYLOAD_TOO_LARGE', 'PAYLOAD_UNENCODABLE', 'BREAKS_BELOW'],
  ...['NOT_INHERITED', 'UNKNOWN_GROUP', 'GROUP_CYCLE', 'GROUPS_TOO_DEEP', 'QUOTA_EXCEEDED', 'NOT_ATOMIC', 'NOT_KEPT'],
  // A folder has no servers, and some files only people change.
  'NOT_SUPPORTED',
  // Of this program: it will not do that.
  ...['SECRET_AS_ARGUMENT', 'UNSAFE_FILE', 'NEEDS_YES'],
  ...['SECRET_IN_CLEAR', 'TOO_MANY_DELETIONS', 'EMPTY_FOLDER', 'OTHER_INSTALLATION'],
]);

/** The codes after which some of it was done. */
const PARTS: ReadonlySet<string> = new Set(['CUT_OFF']);

/** Every code that does not end with 1. */
export const NAMED_CODES: readonly string[] = [...REFUSALS, ...PARTS];

/** What the program ends with where this code stopped it. */
export function exitCodeOf(code: string): ExitCode {
  if (PARTS.has(code)) return EXIT.partly;
  return REFUSALS.has(code) ? EXIT.refused : EXIT.failed;
}
