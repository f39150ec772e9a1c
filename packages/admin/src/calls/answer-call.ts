import { createHash } from 'node:crypto';
import { isOver, type Principal, type Route, rightsOf } from '@tenantry/admin-api';
import type { Scope } from '@tenantry/protocol';
import { scopeOf, tenantOfScope } from '@tenantry/protocol/internal';
import type { LiveRights } from '../access/live-rights.ts';
import type { Auth, Connection } from '../auth/auth.ts';
import { callerOf, notSignedIn } from '../auth/caller-of.ts';
import { checkSameSite } from '../auth/same-site.ts';
import { queryOf } from '../http/canonical-path.ts';
import { checkBody, readQuery } from '../http/check-shape.ts';
import type { Cursors } from '../http/cursors.ts';
import { hasAlready } from '../http/etag.ts';
import type { LongBodies, LongBodyTurn } from '../http/long-bodies.ts';
import { type MatchedRoute, matchRoute, methodsOf } from '../http/match-route.ts';
import { isFault, problemResponse, toRefused } from '../http/problem.ts';
import { type BodyLimits, readJsonBody } from '../http/read-body.ts';
import { notFound, Refused } from '../http/refused.ts';
import { authorize } from './authorize.ts';
import { type Answer, type Call, type Handlers, mayOf } from './call.ts';

/** What answers calls. */
export interface CallParts {
  readonly auth: Auth;
  readonly rights: LiveRights;
  readonly handlers: Handlers;
  readonly limits: BodyLimits;
  readonly longBodies: LongBodies;
  readonly cursors: Cursors;
  /** Nothing can be changed through this server. */
  readonly readOnly: boolean;
  readonly now: () => number;
  readonly report: (error: unknown) => void;
  /** Told of each call of somebody of whom the identity provider did not say all groups. */
  readonly onMissesGroups: () => void;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Answers one call of the API; `path` is what stands behind `/api/v1`. Never rejects. */
export async function answerCall(
  parts: CallParts,
  request: Request,
  connection: Connection,
  path: string,
): Promise<Response> {
  let seesScope = (_scope: string): boolean => false;
  using turn = parts.longBodies.turn();
  try {
    if (request.method === 'OPTIONS') return optionsOf(path);
    const matched = matchRoute(request.method, path);
    const principal = await principalOf(parts, matched.route, request, connection);
    const rightsNow = () => (principal === ANYBODY ? rightsOf(ANYBODY, []) : parts.rights.rightsOf(principal));
    const asked = askedOf(matched);
    authorize(asked, rightsNow(), parts.now());
    const { id, route, names } = matched;
    if (!SAFE.has(request.method)) checkChange(parts, route, request);
    const query = readQuery(route, queryOf(request.url));
    const body = await bodyOf(parts, route, request, turn);
    // Once more: a body may take its time, and what was taken away meanwhile is not held any more. So may a sign-in have ended.
    const [rights, now] = [rightsNow(), parts.now()];
    if (isOver(principal, now)) throw notSignedIn();
    authorize(asked, rights, now);
    const may = mayOf(rights, now);
    seesScope = scope => may('list', scope as Scope, undefined);
    const call = {
      ...{ id, route, request, connection, principal, rights, names, query, body, now, may },
      cursors: parts.cursors,
      scope: asked.scope ?? 'global',
      via: `admin${connection.address === undefined ? '' : ` ${connection.address}`}`,
    } as unknown as Call;
    const handler = parts.handlers[id] as (call: Call) => Promise<Answer | Response>;
    const answer = await handler(call);
    return answer instanceof Response ? withoutBody(request, answer) : toResponse(answer, request);
  } catch (error) {
    const refused = toRefused(error, seesScope);
    if (isFault(refused)) parts.report(error);
    return withoutBody(request, problemResponse(refused));
  }
}

function optionsOf(path: string): Response {
  const methods = methodsOf(path);
  if (!methods) throw notFound();
  return new Response(null, { status: 204, headers: { allow: methods.join(', ') } });
}

const ANYBODY: Principal = Object.freeze({ id: '', groups: [] });

async function principalOf(
  { auth, onMissesGroups }: CallParts,
  route: Route,
  request: Request,
  connection: Connection,
): Promise<Principal> {
  const principal = await callerOf(auth, request, connection);
  if (principal?.missesGroups) onMissesGroups();
  if (principal) return principal;
  if (route.verb === 'public') return ANYBODY;
  throw notSignedIn();
}

function askedOf({ route, names }: MatchedRoute): {
  route: Route;
  scope: Scope | undefined;
  config: string | undefined;
} {
  const { tenant, group, config = names.entity } = names;
  const isOfScope = route.path.includes('{scope}') || tenant !== undefined || group !== undefined;
  const text = tenant !== undefined ? `tenants/${tenant}` : group !== undefined ? `groups/${group}` : 'global';
  // Checked here, so that a bad name is one for everybody.
  return { route, scope: isOfScope ? scopeOf(tenantOfScope(text)) : undefined, config };
}

function checkChange({ readOnly }: CallParts, route: Route, request: Request): void {
  checkSameSite(request);
  if (readOnly && !route.changesNothing) throw onlyShows();
  if (!route.conditional || request.headers.has('if-match') || request.headers.get('if-none-match') === '*') return;
  throw new Refused(
    428,
    'PRECONDITION_REQUIRED',
    'Send `If-Match` with the ETag of what you have read, or `If-None-Match: *` to create: so that nobody writes over what they have not seen.',
  );
}

function onlyShows(): Refused {
  return new Refused(403, 'READ_ONLY', 'This admin only shows: it was started with `readOnly`.');
}

async function bodyOf(
  { limits, readOnly }: CallParts,
  route: Route,
  request: Request,
  turn: LongBodyTurn,
): Promise<unknown> {
  if (!route.body) return undefined;
  const body = await readJsonBody(request, limits, route.longBody && turn);
  checkBody(route, body);
  const { changesNothing } = route;
  const isChange =
    typeof changesNothing === 'object' && (body as Record<string, unknown>)[changesNothing.unless] === true;
  if (readOnly && isChange) throw onlyShows();
  return body;
}

function toResponse({ body, status, etag, isSecret = false }: Answer, request: Request): Response {
  const isRead = SAFE.has(request.method);
  const headers = new Headers({ 'cache-control': isRead && !isSecret ? 'private, no-cache' : 'no-store' });
  if (etag !== undefined) headers.set('etag', etag);
  if (body === undefined) return new Response(null, { status: status ?? 204, headers });
  const text = JSON.stringify(body);
  const tag = etag ?? `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  if (isRead && !isSecret) {
    headers.set('etag', tag);
    if (hasAlready(request.headers.get('if-none-match'), tag)) return new Response(null, { status: 304, headers });
  }
  headers.set('content-type', 'application/json');
  headers.set('content-length', String(Buffer.byteLength(text)));
  return withoutBody(request, new Response(text, { status: status ?? 200, headers }));
}

function withoutBody(request: Request, response: Response): Response {
  if (request.method !== 'HEAD') return response;
  // What streams would else go on.
  response.body?.cancel().catch(() => undefined);
  return new Response(null, response);
}
