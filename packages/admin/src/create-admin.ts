import { together } from '@tenantry/admin-api';
import type { AnyOrm } from '@tenantry/mikro-orm';
import { TenantryError } from '@tenantry/protocol';
import { defineGrants, logError, logOf } from '@tenantry/protocol/internal';
import { hearsChanges } from './access/hears-changes.ts';
import { LiveRights } from './access/live-rights.ts';
import { presentGrant } from './access/present-grant.ts';
import { toGrant } from './access/stored-grants.ts';
import { type AdminOptions, checkAdminOptions } from './admin-options.ts';
import type { Connection } from './auth/auth.ts';
import { HOW_TO_CONFIGURE, LOCAL, localCaller } from './auth/local-caller.ts';
import { toSignIn } from './auth/to-sign-in.ts';
import { isLoopback } from './auth/trusted-header.ts';
import type { AdminBackend } from './backend/admin-backend.ts';
import { answerCall } from './calls/answer-call.ts';
import { EventStreams } from './events/event-streams.ts';
import { createHandlers, routesOfServers } from './handlers/create-handlers.ts';
import { createHealthSurface } from './health/health-surface.ts';
import { Cursors } from './http/cursors.ts';
import { LongBodies } from './http/long-bodies.ts';
import { problemResponse, toRefused } from './http/problem.ts';
import { notFound, Refused } from './http/refused.ts';
import { type Listening, listen } from './listener/listen.ts';
import { createOfrep } from './ofrep/create-ofrep.ts';
import { createOpenapi } from './openapi/create-openapi.ts';
import { VERSION } from './version.ts';

/** The admin: one handler of web-standard requests, and a listener for Node beside it. */
export interface Admin extends AsyncDisposable {
  /**
   * Answers a request; never rejects. `connection` says from which address it came: without it `trustedHeader` believes nobody.
   */
  fetch(request: Request, connection?: Connection): Promise<Response>;
  /**
   * Listens on this port, on `127.0.0.1` where no host is named; 0: any port that is free. Without `auth` it listens on this machine alone:
   * `INVALID_OPTION` for any other host.
   */
  listen(port: number, host?: string): Promise<Listening>;
  /** Ends streams, listeners and what follows rights. Closes neither the ORM nor the client. Idempotent. */
  close(): Promise<void>;
}

const API = '/api/v1';
const NOBODY =
  'Nobody may do anything here yet: no grant was given, and `admins` names nobody. Name who begins in `admins`, as `user:<id>` or `group:<name>`.';
const MISSES_GROUPS =
  'The identity provider does not say all groups of some who sign in: they are in too many. They have no rights by those that it leaves out. Have it say only the groups of this application.';

/**
 * Puts the admin together. Resolves once the rights were read, or could not be: then nobody may do anything until they can. Rejects with
 * `INVALID_OPTION`, and with `NOT_REGISTERED` for an ORM without `tenantry({ admin: true })`.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the one place that puts the parts together.
export async function createAdmin(options: AdminOptions): Promise<Admin> {
  const checked = checkAdminOptions(options);
  const { client, auth = localCaller, basePath, readOnly } = checked;
  const backend = checked.backend ?? (await backendOf(checked.orm as AnyOrm));
  const { store, grants, audit, writeTogether, installation, problem, servers, lacks = [] } = backend;
  const log = logOf(checked.logger);
  const report = (error: unknown) => {
    logError(log, 'error', error);
    checked.onError(error);
  };
  const now = checked.clock ?? backend.now;
  const rights = new LiveRights({
    all: async () => (await grants.all()).map(row => presentGrant(backend, toGrant(row))),
    // The first is what stands there now: a change may have been made since the grants were read.
    changed$: client.global.watch(defineGrants()),
    isLive: () => hearsChanges(client),
    admins: checked.auth ? checked.admins : [...checked.admins, `user:${LOCAL.id}`],
    ...{ now, report },
  });
  const streams = new EventStreams({
    ...{ client, clock: now, random: Math.random },
    definitions: () => store.definitions,
  });
  const health = createHealthSurface({ orm: servers?.orm, client, streams: () => streams.count }, checked.metrics);
  const stopTelling = rights.onChange(() => streams.rightsChanged(principal => rights.rightsOf(principal)));
  const closing = new AbortController();
  const listeners: Listening[] = [];
  const { maxBodyBytes, bodyTimeoutMs } = checked;
  const limits = { maxBodyBytes, bodyTimeoutMs };
  const longBodies = new LongBodies(Math.max(maxBodyBytes, checked.maxBulkBytes));
  const openapi = createOpenapi(VERSION, `${basePath}${API}`);
  const handlers = createHandlers(
    {
      ...{ store, grants, audit, writeTogether, problem, client, rights, now, readOnly, report, version: VERSION },
      ...{
        logout: auth.logout,
        streams: () => streams.count,
        limits: { bodyBytes: maxBodyBytes, bulkBytes: longBodies.maxBytes, bulkChanges: together.MOST_CHANGES },
        lacks: [...lacks, ...(servers ? [] : routesOfServers())],
      },
    },
    servers,
    {
      'events.stream': async ({ scope, principal, rights: held, request }) =>
        streams.open({
          scope,
          principal,
          rights: held,
          lastEventId: request.headers.get('last-event-id') ?? undefined,
        }),
      'openapi.get': async () => ({ body: openapi }),
    },
  );
  const cursors = new Cursors(installation);
  let hasTold = false;
  const onMissesGroups = () => {
    // Once, and of nobody: each of their calls would tell it again.
    if (!hasTold) report(new TenantryError('NOT_ALLOWED', MISSES_GROUPS));
    hasTold = true;
  };
  const calls = { auth, rights, handlers, limits, longBodies, cursors, readOnly, now, report, onMissesGroups };
  const ofrep = createOfrep({
    ...{ auth, rights, client, streams, limits, basePath, now, report, options: checked.ofrep },
    definitions: () => store.definitions,
  });
  // What answers before the API does, each by its own paths.
  const signInFirst = (request: Request, connection: Connection) => toSignIn(auth, request, connection);
  const surfaces = [auth.respond, checked.page && signInFirst, checked.page].filter(surface => surface !== undefined);

  async function answer(request: Request, connection: Connection): Promise<Response> {
    try {
      if (closing.signal.aborted) throw new TenantryError('CLOSED', 'The admin is closed.');
      const { pathname } = new URL(request.url);
      if (pathname !== basePath && !pathname.startsWith(`${basePath}/`)) throw notFound();
      const path = pathname.slice(basePath.length);
      if (path === API || path.startsWith(`${API}/`))
        return await answerCall(calls, request, connection, path.slice(API.length));
      const healthy = await health.respond(request, connection, path);
      if (healthy) return healthy;
      if (path.startsWith('/ofrep/')) return await ofrep(request, connection, path);
      for (const surface of surfaces) {
        const response = await surface(request, connection);
        if (response) return response;
      }
      throw notFound();
    } catch (error) {
      if (!(error instanceof Refused)) report(error);
      return problemResponse(toRefused(error, () => false));
    }
  }

  await Promise.all([rights.start(), cursors.learn()]);
  if (rights.areNone) report(new TenantryError('NOT_ALLOWED', NOBODY));
  const admin: Admin = {
    fetch: async (request, connection = {}) => withSafeHeaders(await answer(request, connection)),
    async listen(port, host = '127.0.0.1') {
      if (!checked.auth && host !== 'localhost' && !isLoopback(host))
        throw new TenantryError('INVALID_OPTION', `It cannot listen on ${host}. ${HOW_TO_CONFIGURE}`);
      const bounds = { requestTimeoutMs: bodyTimeoutMs, closeTimeoutMs: checked.closeTimeoutMs };
      const listening = await listen(admin.fetch, { port, host }, bounds);
      listeners.push(listening);
      return listening;
    },
    async close() {
      closing.abort();
      stopTelling();
      rights.close();
      streams.close();
      health.close();
      await Promise.all(listeners.map(listening => listening.close()));
    },
    [Symbol.asyncDispose]: () => admin.close(),
  };
  return admin;
}

/** Only where there is an ORM: an admin of a folder needs none of its packages. */
async function backendOf(orm: AnyOrm): Promise<AdminBackend> {
  const { ormBackend } = await import('./backend/orm-backend.ts');
  return ormBackend(orm);
}

function withSafeHeaders(response: Response): Response {
  try {
    addSafeHeaders(response.headers);
    return response;
  } catch {
    // An answer of another server's making has headers that cannot be changed.
    const headers = new Headers(response.headers);
    addSafeHeaders(headers);
    const { status, statusText } = response;
    return new Response(response.body, { status, statusText, headers });
  }
}

function addSafeHeaders(headers: Headers): void {
  if (!headers.has('x-content-type-options')) headers.set('x-content-type-options', 'nosniff');
  if (!headers.has('referrer-policy')) headers.set('referrer-policy', 'no-referrer');
  if (!headers.has('cross-origin-resource-policy')) headers.set('cross-origin-resource-policy', 'same-origin');
}
