import type { RouteId } from '@tenantry/admin-api';
import { PATHS } from '@tenantry/admin-api/paths';
import { Failure } from '../failures/failure.ts';
import { type Sent, send } from './send.ts';

/** The first version of the server that has a route, where that is not the first of all. */
const SINCE: Partial<Readonly<Record<RouteId, string>>> = {};

/** Says of which right, and on what: the server names the right alone. */
export function withScope(error: unknown, names: Readonly<Record<string, string | number>> = {}): unknown {
  if (!(error instanceof Failure && error.code === 'FORBIDDEN' && typeof error.details.verb === 'string')) return error;
  const { scope, config, tenant, group } = names;
  const on = scope ?? (tenant === undefined ? undefined : `tenants/${tenant}`) ?? (group && `groups/${group}`);
  const what = [config, on ?? 'this'].filter(Boolean).join(' of ');
  const { status, details } = error;
  return new Failure('FORBIDDEN', `You may not do this: it needs the right "${details.verb}" for ${what}.`, {
    status,
    details: { ...details, ...(on !== undefined && { scope: on }) },
  });
}

/** Says which token the server did not know, or that none was sent: the server tells no two of these apart. */
export function withToken(error: unknown, note: string | undefined): unknown {
  if (!(error instanceof Failure && error.code === 'NOT_SIGNED_IN') || note === undefined) return error;
  const { status, retryable, details } = error;
  return new Failure('NOT_SIGNED_IN', note, { status, retryable, details });
}

/**
 * What a refusal really says: a server that does not have the route answers as if something were not there. It is asked which routes it has, so that
 * nobody looks for a name that is right. `SERVER_TOO_OLD`, `UNKNOWN_ANSWER`; any other error as it is.
 */
export async function explained(error: unknown, id: RouteId, request: Sent, root: string): Promise<unknown> {
  const mayBeMissing = error instanceof Failure && (error.status === 404 || error.status === 405);
  if (!mayBeMissing || id === 'openapi.get') return error;
  const known = await routesOf(request, root);
  if (!known || known === 'nowhere')
    return error.code === 'UNKNOWN_ANSWER' || known === 'nowhere'
      ? new Failure(
          'UNKNOWN_ANSWER',
          `There is no admin of Tenantry at ${root}: its base path may be missing or wrong.`,
        )
      : error;
  const [method = '', path = ''] = PATHS[id].split(' ');
  const patterns = path.startsWith('/{scope}') ? [path.replace('{scope}', 'global')] : [path];
  if (patterns.some(pattern => known.has(`${method} ${pattern}`))) return error;
  const needed = SINCE[id] ?? '0.1.0';
  return new Failure(
    'SERVER_TOO_OLD',
    `The server is of version ${known.version}, and does not have \`${PATHS[id]}\`: this command needs ${needed} or newer.`,
    { details: { route: id, serverVersion: known.version, neededVersion: needed } },
  );
}

/**
 * Method and path of every route of the server. Undefined: it does not say, or a gateway before it does not let the question through. `nowhere`: an admin
 * answers that it has nothing there, and each has a list of its routes: the address is wrong.
 */
async function routesOf(request: Sent, root: string) {
  const { headers, timeoutMs, signal, debug } = request;
  try {
    const asked = {
      method: 'GET',
      isRead: true,
      url: `${root}/api/v1/openapi.json`,
      headers,
      timeoutMs,
      signal,
      debug,
    };
    const { info, paths } = (await send(asked, async answer => JSON.parse(await answer.text()))) as OpenApi;
    const known = new Set<string>();
    for (const [path, methods] of Object.entries(paths))
      for (const method of Object.keys(methods)) known.add(`${method.toUpperCase()} ${path}`);
    return Object.assign(known, { version: String(info.version) });
  } catch (failure) {
    const isOfAdmin = failure instanceof Failure && failure.code !== 'UNKNOWN_ANSWER';
    return isOfAdmin && failure.status === 404 ? 'nowhere' : undefined;
  }
}

interface OpenApi {
  readonly info: { readonly version?: unknown };
  readonly paths: Readonly<Record<string, object>>;
}
