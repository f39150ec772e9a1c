// Told by their shape: a minifier leaves no class its name, and the application may have an ioredis of its own.

/**
 * Redis answered with an error: the user has no right, or a key has another type. ioredis adds the command, and Redis begins
 * with a word in capitals.
 */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'command' in error && /^[A-Z]{2}/.test(error.message);
}

/** ioredis gave a command up before Redis had it. Seen in ioredis 6.0.0 and 5.11.1. */
export function isAborted(error: unknown): boolean {
  return error instanceof Error && ABORTED.test(error.message);
}

const ABORTED = /^(No (sharded )?subscriber for|Possible CROSSSLOT|Command aborted|Cluster is ended)/;
