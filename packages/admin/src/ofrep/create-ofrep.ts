import { createHash } from 'node:crypto';
import { may, type Principal, type Rights } from '@tenantry/admin-api';
import { type AnyConfig, type Scope, TenantryError } from '@tenantry/protocol';
import type { Client } from '@tenantry/sdk';
import { type FlagTenant, findFlag, tenantIdOf } from '@tenantry/sdk/flags';
import type { LiveRights } from '../access/live-rights.ts';
import type { Auth, Connection } from '../auth/auth.ts';
import { callerOf, notSignedIn } from '../auth/caller-of.ts';
import type { EventStreams } from '../events/event-streams.ts';
import { hasAlready } from '../http/etag.ts';
import { isFault, problemResponse, toRefused } from '../http/problem.ts';
import type { BodyLimits } from '../http/read-body.ts';
import { forbidden, notFound, Refused } from '../http/refused.ts';
import { answerOf, failedFlag, flagNotFound } from './answers.ts';
import { preflight, withCors } from './cors.ts';
import { type BulkAnswer, evaluateAll } from './evaluate-all.ts';
import type { CheckedOfrepOptions, OfrepContext } from './ofrep-options.ts';
import { NoContext, readContext } from './read-context.ts';
import { refetches } from './refetches.ts';
import { StreamAddresses } from './stream-addresses.ts';

/** What OFREP works with. */
export interface OfrepParts {
  readonly auth: Auth;
  readonly rights: LiveRights;
  readonly client: Client;
  /** The registered configs, by name. */
  readonly definitions: () => ReadonlyMap<string, AnyConfig>;
  readonly streams: EventStreams;
  readonly limits: BodyLimits;
  readonly options: CheckedOfrepOptions;
  /** What stands before all paths of the admin. */
  readonly basePath: string;
  readonly now: () => number;
  readonly report: (error: unknown) => void;
}

// Also with slashes as they stand: not every provider encodes its keys.
const ONE = /^\/ofrep\/v1\/evaluate\/flags\/(.+)$/;
const ALL = '/ofrep/v1/evaluate/flags';
const EVENTS = '/ofrep/v1/events';

/** Answers what is below `/ofrep`; `path` is what stands behind the base path. Never rejects. */
export function createOfrep(parts: OfrepParts) {
  const { origins } = parts.options;
  const addresses = new StreamAddresses(parts.options.streamSecrets);
  const ofrep: Ofrep = { parts, addresses };
  return async (request: Request, connection: Connection, path: string): Promise<Response> => {
    try {
      const [, key] = ONE.exec(path) ?? [];
      const methods = path === EVENTS ? ['GET'] : path === ALL || key !== undefined ? ['POST'] : undefined;
      if (!methods) throw notFound();
      if (request.method === 'OPTIONS') return preflight(request, methods, origins);
      if (!methods.includes(request.method))
        throw new Refused(405, 'METHOD_NOT_ALLOWED', `Here is only ${methods.join(', ')}.`, {
          headers: { allow: [...methods, 'OPTIONS'].join(', ') },
        });
      if (path === EVENTS) return withCors(request, streamOf(ofrep, request), origins);
      const asked = { request, connection };
      const response = key === undefined ? await answerAll(ofrep, asked) : await answerOne(ofrep, asked, keyOf(key));
      return withCors(request, response, origins);
    } catch (error) {
      const refused = toRefused(error, () => false);
      if (isFault(refused)) parts.report(error);
      return withCors(request, problemResponse(refused), origins);
    }
  };
}

interface Ofrep {
  readonly parts: OfrepParts;
  readonly addresses: StreamAddresses;
}

interface Asked {
  readonly request: Request;
  readonly connection: Connection;
}

/** Who asks about which tenant. */
interface Asker {
  readonly principal: Principal;
  readonly tenant: string;
  readonly maySee: (config: AnyConfig | undefined) => boolean;
}

async function answerOne(ofrep: Ofrep, asked: Asked, key: string): Promise<Response> {
  const { client, definitions, options, report } = ofrep.parts;
  const asker = await askerOf(ofrep, asked);
  if (asker instanceof NoContext) return asker.response(key);
  const flag = findFlag(definitions(), key);
  if (!flag || !asker.maySee(flag.config)) return json(flagNotFound(key));
  const tenant = { id: asker.tenant, client: client.tenant(asker.tenant) };
  try {
    const entry = await tenant.client.entry(flag.config);
    return json(answerOf(entry, tenant, flag, key, { isDisabled: options.isDisabled, isKept: false }));
  } catch (error) {
    if (error instanceof TenantryError && SAID_BY_STATUS.has(error.code)) throw error;
    if (!(error instanceof TenantryError)) report(error);
    return json(failedFlag(key, error));
  }
}

/** The protocol says these by the status alone. */
const SAID_BY_STATUS = new Set(['RATE_LIMITED', 'CLOSED']);

async function answerAll(ofrep: Ofrep, asked: Asked): Promise<Response> {
  const { client, definitions, options, report, now } = ofrep.parts;
  const asker = await askerOf(ofrep, asked);
  if (asker instanceof NoContext) return asker.response(undefined);
  const configs = [...definitions().values()].filter(asker.maySee);
  const tenant: FlagTenant = { id: asker.tenant, client: client.tenant(asker.tenant) };
  const flags: BulkAnswer =
    configs.length === 0 ? { texts: [] } : await evaluateAll(tenant, configs, definitions(), options, report);
  const address = configs.length === 0 ? undefined : ofrep.addresses.sign(asker, now());
  const requestUri = `${ofrep.parts.basePath}${EVENTS}?of=${address}`;
  // Without an origin: the one that the caller knows this server by.
  const streams =
    address === undefined ? '' : `,"eventStreams":${JSON.stringify([{ type: 'sse', endpoint: { requestUri } }])}`;
  const text = `{"flags":[${flags.texts.join(',')}]${streams}}`;
  // Also of the address: whoever is answered 304 goes on with the one that it has.
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  const headers = { etag, 'cache-control': 'private, no-cache' };
  if (hasAlready(asked.request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { 'content-type': 'application/json', ...headers } });
}

async function askerOf({ parts }: Ofrep, { request, connection }: Asked): Promise<Asker | NoContext> {
  const principal = await callerOf(parts.auth, request, connection);
  if (!principal) throw notSignedIn();
  const rights = parts.rights.rightsOf(principal);
  const context = await readContext(request, parts.limits);
  if (context instanceof NoContext) return context;
  const found = tenantIdOf<OfrepContext>(parts.options.tenantOf, context);
  if (!('id' in found)) return new NoContext(found.code, found.why);
  return { principal, tenant: found.id, maySee: seenBy(rights, found.id, parts.now()) };
}

/** Secrets are no flags. */
function seenBy(rights: Rights, tenant: string, now: number): Asker['maySee'] {
  return config => config !== undefined && !config.secret && may(rights, 'view', `tenants/${tenant}`, config.name, now);
}

function streamOf({ parts, addresses }: Ofrep, request: Request): Response {
  const now = parts.now();
  const owner = addresses.open(new URL(request.url).searchParams.get('of') ?? '', now);
  if (!owner) throw notSignedIn();
  const { tenant, principal } = owner;
  const scope: Scope = `tenants/${tenant}`;
  const rights = parts.rights.rightsOf(principal);
  if (!may(rights, 'view', scope, undefined, now)) throw forbidden('view');
  const lastEventId = request.headers.get('last-event-id') ?? undefined;
  const isFlag = (name: string) => parts.definitions().get(name)?.secret === false;
  const textOf = refetches(isFlag, lastEventId !== undefined);
  // The official provider for browsers takes its flags for stale when a stream ends, and does not take that back: so none ends by itself.
  return parts.streams.open({ scope, principal, rights, lastEventId, verb: 'view', textOf, mayLast: true });
}

function keyOf(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw notFound();
  }
}

function json({ status, text }: { readonly status: number; readonly text: string }): Response {
  return new Response(text, { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } });
}
