import { type Tenant, TenantryError } from '@tenantry/protocol';
import { scopeOf } from '@tenantry/protocol/internal';

// Told by their shape: a minifier leaves no class its name, and the application may have an ioredis of its own.

/**
 * Redis answered with an error: the user has no right, or a key has another type. ioredis adds the command, and Redis begins
 * with a word in capitals.
 */
export function isRefusal(error: unknown): error is Error {
  return isForbidden(error) || (error instanceof Error && 'command' in error && /^[A-Z]{2}/.test(error.message));
}

/** Redis does not let this user do it: no other try will change that, unless somebody changes the rights. */
export function isForbidden(error: unknown): boolean {
  if (error instanceof TenantryError) return error.code === 'FORBIDDEN';
  if (!(error instanceof Error && 'command' in error)) return false;
  // A transaction is refused as a whole, and the command in it that was the reason comes along.
  const { previousErrors = [] } = error as { readonly previousErrors?: readonly unknown[] };
  return error.message.startsWith('NOPERM') || previousErrors.some(isForbidden);
}

/** The error of a missing right to what a tenant has. */
export function asForbidden(error: unknown, tenant: Tenant): TenantryError {
  if (error instanceof TenantryError) return error;
  return new TenantryError(
    'FORBIDDEN',
    `Redis does not let this user read ${scopeOf(tenant)} (NOPERM). What memory has of it is served on, as stale. Give the user the ` +
      'rights of docs/guides/security.md, or do not ask for it here.',
    { cause: error },
  );
}

/** ioredis gave a command up before Redis had it. Seen in ioredis 6.0.0 and 5.11.1. */
export function isAborted(error: unknown): boolean {
  return error instanceof Error && ABORTED.test(error.message);
}

const ABORTED = /^(No (sharded )?subscriber for|Possible CROSSSLOT|Command aborted|Cluster is ended)/;

/**
 * ioredis gave a command up with its connection, or Redis answers nobody for a while: another try may well succeed. Whether Redis took the
 * command is not known. Told by the error, for it may be looked at when there is a connection again. Words of ioredis 5.11.1 and 6.0.0.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // What the system says of a socket, such as ECONNRESET.
  return 'syscall' in error || isAborted(error) || LOST.test(error.message) || PASSING.test(error.message);
}

const LOST =
  /^(Connection is closed|Command timed out|connect ETIMEDOUT|Socket timeout|Reached the max retries|Stream isn't writeable|Cluster isn't ready|Cluster is disconnect|Node is disconnected|None of startup nodes|Failed to refresh slots|Too many Cluster redirections|No master node|All sentinels are unreachable)/;
/** Of a server that starts, fails over, or moves slots. */
const PASSING = /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN) /;
