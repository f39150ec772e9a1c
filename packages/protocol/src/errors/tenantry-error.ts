/** Every code a Tenantry package throws or reports, and whether the same call may succeed later. `docs/reference/errors.md` explains each. */
export const ERROR_CODES = {
  INVALID_OPTION: { retryable: false },
  INVALID_DEFINITION: { retryable: false },
  INVALID_TENANT: { retryable: false },
  NO_TENANT: { retryable: false },
  INVALID_GROUP: { retryable: false },
  INVALID_KEY: { retryable: false },
  INVALID_VERSION: { retryable: false },
  PAYLOAD_UNENCODABLE: { retryable: false },
  PAYLOAD_TOO_LARGE: { retryable: false },
  MALFORMED_ENVELOPE: { retryable: false },
  MALFORMED_MESSAGE: { retryable: false },
  UNKNOWN_FORMAT: { retryable: false },
  TENANT_MISSING: { retryable: false },
  NOT_REGISTERED: { retryable: false },
  NOT_ATOMIC: { retryable: false },
  INSTALLATION_CONFLICT: { retryable: false },
  OTHER_SCHEMA: { retryable: false },
  TABLES_MISSING: { retryable: true },
  NOT_JSON: { retryable: false },
  INVALID_VALUE: { retryable: false },
  INVALID_PATCH: { retryable: false },
  NOT_FOUND: { retryable: false },
  KEY_EXISTS: { retryable: false },
  CONFLICT: { retryable: false },
  VERSION_NOT_FOUND: { retryable: false },
  INVALID_CURSOR: { retryable: false },
  INVALID_TOKEN: { retryable: false },
  TOKEN_EXPIRED: { retryable: false },
  QUOTA_EXCEEDED: { retryable: false },
  UNKNOWN_GROUP: { retryable: false },
  GROUP_CYCLE: { retryable: false },
  GROUPS_TOO_DEEP: { retryable: false },
  GROUP_IN_USE: { retryable: false },
  BREAKS_BELOW: { retryable: false },
  NOT_INHERITED: { retryable: false },
  NOT_ALLOWED: { retryable: false },
  NOT_KEPT: { retryable: false },
  NOT_SUPPORTED: { retryable: false },
  NOT_DURABLE: { retryable: true },
  REWOUND: { retryable: false },
  LOST_IN_REDIS: { retryable: false },
  NOT_PUBLISHED: { retryable: false },
  HANDLER_FAILED: { retryable: false },
  SNAPSHOT_IGNORED: { retryable: false },
  SNAPSHOT_NOT_WRITTEN: { retryable: true },
  NOT_READY: { retryable: true },
  CIRCUIT_OPEN: { retryable: true },
  RATE_LIMITED: { retryable: true },
  FORBIDDEN: { retryable: false },
  CLOSED: { retryable: false },
  UNAVAILABLE: { retryable: true },
  TIMEOUT: { retryable: true },
} as const satisfies Record<string, { retryable: boolean }>;

/** What went wrong, for programs; docs/reference/errors.md explains each. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What a program may want to know beside the code; which codes have what is in docs/reference/errors.md. */
export interface ErrorDetails {
  /** `CONFLICT`, `KEY_EXISTS`: the version that stands. */
  readonly currentVersion?: number;
  /** `CONFLICT`, `KEY_EXISTS`, `NOT_FOUND` of a write to the database: the config in question, by its name. */
  readonly config?: string;
  /** `INVALID_VALUE`, `BREAKS_BELOW`: everything the schema found, each with its path in the value. */
  readonly issues?: readonly ValueIssue[];
  /** `GROUP_CYCLE`, `GROUPS_TOO_DEEP`: the groups in question, each in the next. `UNKNOWN_GROUP`: those that do not exist. */
  readonly groups?: readonly string[];
  /** `GROUP_IN_USE`: scopes that are in the group. `BREAKS_BELOW`: scopes that the write would break. At most ten, as texts. */
  readonly scopes?: readonly string[];
  /** `NOT_PUBLISHED` of `replication(orm).visible`: the ids of the dead rows. */
  readonly deadRows?: readonly number[];
  /** `CIRCUIT_OPEN`, `RATE_LIMITED`: in how many ms the same call may be worth a try. */
  readonly retryAfterMs?: number;
  /** `NOT_READY`: everything that was still missing, and why. Empty where the client as a whole was not ready. */
  readonly missing?: readonly MissingRef[];
}

/** A ref that a client was to wait for, and could not serve in time. */
export interface MissingRef {
  /** The tenant's id; undefined: the global tenant. */
  readonly tenant: string | undefined;
  readonly address: string;
  readonly why: string;
}

/** One thing a schema found wrong. */
export interface ValueIssue {
  readonly path: string;
  readonly message: string;
}

/** Options of a `TenantryError`. */
export interface TenantryErrorOptions extends ErrorOptions {
  /** Facts about the error that hold no value, such as the present version of a `CONFLICT`. Default: none. */
  readonly details?: ErrorDetails;
}

/**
 * The one root of every error Tenantry throws. Its message is what happened, what that means and what to do;
 * it never holds a config value, a password or SQL.
 */
export class TenantryError extends Error {
  override readonly name = 'TenantryError';
  readonly code: ErrorCode;
  /** True when the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, { details = {}, ...options }: TenantryErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.details = details;
    this.retryable = ERROR_CODES[code].retryable;
  }
}

/** What arrived, for the end of an error message: `"5" (string)`. Long and nested things are named, not shown. */
export function describeArrived(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string')
    return `${JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value)} (string)`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return `${value} (${typeof value})`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
