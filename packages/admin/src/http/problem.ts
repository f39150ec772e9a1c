import { TenantryError } from '@tenantry/protocol';
import { Refused, type RefusedOptions } from './refused.ts';

/** The status of each of our codes; what is missing is a fault of the server. */
const STATUS: Readonly<Record<string, number>> = {
  ...{ INVALID_OPTION: 400, INVALID_TENANT: 400, INVALID_GROUP: 400, INVALID_KEY: 400, INVALID_VERSION: 400 },
  ...{ NOT_JSON: 400, INVALID_CURSOR: 400, INVALID_TOKEN: 400, PAYLOAD_TOO_LARGE: 413 },
  ...{ NOT_FOUND: 404, NOT_REGISTERED: 404, VERSION_NOT_FOUND: 404, NOT_ALLOWED: 403 },
  ...{ CONFLICT: 412, KEY_EXISTS: 412 },
  ...{ NOT_ATOMIC: 409, NOT_KEPT: 409, QUOTA_EXCEEDED: 409, GROUP_IN_USE: 409, INSTALLATION_CONFLICT: 409 },
  ...{ INVALID_VALUE: 422, INVALID_PATCH: 422, UNKNOWN_GROUP: 422, GROUP_CYCLE: 422, GROUPS_TOO_DEEP: 422 },
  ...{ BREAKS_BELOW: 422, NOT_INHERITED: 422, PAYLOAD_UNENCODABLE: 422 },
  ...{
    NOT_SUPPORTED: 501,
    RATE_LIMITED: 429,
    CIRCUIT_OPEN: 503,
    UNAVAILABLE: 503,
    TIMEOUT: 503,
    NOT_DURABLE: 503,
    NOT_READY: 503,
  },
  ...{ TABLES_MISSING: 503, CLOSED: 503 },
};

// Their texts and details name scopes and groups, which the caller may not be allowed to see.
const WITHOUT_NAMES: Readonly<Record<string, string>> = {
  BREAKS_BELOW: 'A scope below would get a value that its schema refuses: nothing was written.',
  GROUP_IN_USE: 'Tenants or groups are in this group, or configs are set in it: nothing was deleted.',
  UNKNOWN_GROUP: 'There is no such group, or you may not see it: nothing was written.',
  GROUP_CYCLE: 'The groups would lead to themselves: nothing was written.',
  GROUPS_TOO_DEEP: 'There would be more than eight groups above each other: nothing was written.',
  NOT_ALLOWED: 'You do not hold this right yourself: nothing was written.',
};

const TITLES: Readonly<Record<number, string>> = {
  ...{ 400: 'Bad request', 401: 'Not signed in', 403: 'Forbidden', 404: 'Not found', 405: 'Method not allowed' },
  ...{ 406: 'Not acceptable', 408: 'Request timeout', 409: 'Conflict', 412: 'Precondition failed', 413: 'Too large' },
  ...{ 415: 'Unsupported media type', 422: 'Not accepted', 428: 'Precondition required', 429: 'Too many requests' },
  ...{ 431: 'Headers too large', 500: 'Server error', 501: 'Not supported', 503: 'Unavailable' },
};

const RETRY_AFTER_MS = 1_000;

/** The refusal that an error becomes. `seesScope`: whether the caller may know of a scope. Other errors are no business of the caller. */
export function toRefused(error: unknown, seesScope: (scope: string) => boolean): Refused {
  if (error instanceof Refused) return error;
  if (!(error instanceof TenantryError)) return fault();
  const { code, retryable, details } = error;
  const status = STATUS[code];
  if (status === undefined) return fault();
  const shown: Record<string, unknown> = {};
  if (details.currentVersion !== undefined) shown.currentVersion = details.currentVersion;
  if (details.issues) shown.issues = details.issues;
  if (details.scopes) shown.scopes = details.scopes.filter(seesScope);
  if (details.groups) shown.groups = details.groups.filter(group => seesScope(`groups/${group}`));
  const wait = details.retryAfterMs ?? (status === 503 || status === 429 ? RETRY_AFTER_MS : undefined);
  const options: RefusedOptions = {
    retryable,
    ...(Object.keys(shown).length > 0 && { details: shown }),
    ...(wait !== undefined && { headers: { 'retry-after': String(Math.ceil(wait / 1_000)) } }),
  };
  return new Refused(status, code, WITHOUT_NAMES[code] ?? error.message, options);
}

/** Whether the server's log should have it: it is not the caller's doing. */
export function isFault(refused: Refused): boolean {
  return refused.status === 500;
}

function fault(): Refused {
  return new Refused(500, 'INTERNAL', 'The server failed. Its log says why; nothing is known of what was written.');
}

/** `application/problem+json` (RFC 9457). */
export function problemResponse({ status, code, message, options }: Refused): Response {
  const { headers, current, details, retryable = status === 503 || status === 429 } = options;
  const problem = {
    ...{ type: 'about:blank', title: TITLES[status] ?? 'Refused', status, detail: message, code, retryable },
    ...(current !== undefined && { current }),
    ...(details !== undefined && { details }),
  };
  return new Response(JSON.stringify(problem), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  });
}
