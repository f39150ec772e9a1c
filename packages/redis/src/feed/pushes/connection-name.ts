// The prefix stands first, in brackets, which neither a prefix nor ioredis's own part of a name has.
const OURS = /^(?:ioredis-cluster\([a-z]+\):)?tenantry\(([A-Za-z0-9_.:-]+)\)(?::(.*))?$/;

/** How a connection that listens to feeds is called in Redis: by its prefix, and as the application calls its own. */
export function feedConnectionName(prefix: string, application: string | undefined): string {
  return `tenantry(${prefix})${application ? `:${application}` : ''}`;
}

/** The prefix and the application's name in such a name; undefined: it is another connection. */
export function readConnectionName(
  name: string,
): { readonly prefix: string; readonly application: string | undefined } | undefined {
  const [, prefix, application] = OURS.exec(name) ?? [];
  return prefix === undefined ? undefined : { prefix, application: application || undefined };
}
