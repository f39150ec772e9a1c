import type { Scope, Tenant, TenantryError } from '@tenantry/protocol';
import { type Attempts, type AttemptsReport, scopeOf } from '@tenantry/protocol/internal';
import type { OpenBreaker, SourceGuard } from '../protection/source-guard.ts';
import type { TenantFollower } from '../tenant/tenant-follower.ts';
import type { ClientStatusSource } from './client-status.ts';
import type { RefusedTenants } from './refused-tenants.ts';
import { tenantName } from './tenant-name.ts';

/** How the connection for pushes goes: one for all tenants. */
export interface WatchStatus extends AttemptsReport {
  /** There is a connection. Whether every feed in use is live is told by `status$`. */
  readonly connected: boolean;
}

/** One thing that is not as it should be. */
export interface HealthReason {
  /**
   * `redis`: there is no connection for reads; `feed`: a feed in use is not live; `refused`: the Redis user may not read a tenant in use, a
   * group or what is global, one reason for each of the first ten; `source`: the source's last answer was an error;
   * `breaker`: loads of a config are held back, one reason for each; `snapshot`, `bootstrap`: values of the snapshot file, or those that
   * `createClient` was given, are served; `closed`: the client was closed.
   */
  readonly kind: 'redis' | 'feed' | 'refused' | 'source' | 'breaker' | 'snapshot' | 'bootstrap' | 'closed';
  /** What is wrong, for people. */
  readonly why: string;
  /** For how many ms it has been so. */
  readonly ageMs: number;
  /** How many attempts in a row have failed. */
  readonly failures: number;
  /** Why the last attempt failed, where one did. */
  readonly lastError: TenantryError | undefined;
  /** Only of `refused`: whose. */
  readonly scope?: Scope;
}

/** What health is made of. */
export interface HealthParts {
  readonly status: Pick<ClientStatusSource, 'status' | 'cutOffAt' | 'whyCutOff'>;
  readonly feedAttempts: Attempts;
  readonly sourceCalls: Attempts;
  readonly guard: Pick<SourceGuard, 'openBreakers'>;
  readonly lost: ReadonlySet<Pick<TenantFollower, 'lost' | 'memory'>>;
  readonly refused: Pick<RefusedTenants, 'count' | 'all'>;
  readonly clock: () => number;
  /** What is served that neither Redis nor a feed has confirmed. */
  readonly saved?: () => 'snapshot' | 'bootstrap' | undefined;
}

/** Null where all is well. */
export function healthOf(parts: HealthParts): readonly HealthReason[] | null {
  const { status, clock } = parts;
  const { state, since, why } = status.status;
  if (state === 'closed') return [{ kind: 'closed', why, ageMs: clock() - since, failures: 0, lastError: undefined }];
  const breakers = [...parts.guard.openBreakers()].map(breaker => ofBreaker(breaker, clock()));
  const reasons = [
    ofRedis(parts),
    ofFeeds(parts),
    ...ofRefused(parts),
    ofSource(parts),
    ofSaved(parts),
    ...breakers,
  ].filter(reason => reason !== undefined);
  return reasons.length > 0 ? reasons : null;
}

/** Commands and pushes go to the same Redis, so failing to connect for one tells why the other is not there. */
function ofRedis({ status: { cutOffAt, whyCutOff }, feedAttempts, clock }: HealthParts): HealthReason | undefined {
  if (cutOffAt === undefined) return undefined;
  const { consecutiveFailures, lastError } = feedAttempts;
  return { kind: 'redis', why: whyCutOff, ageMs: clock() - cutOffAt, failures: consecutiveFailures, lastError };
}

function ofFeeds({ lost, feedAttempts, clock }: HealthParts): HealthReason | undefined {
  const [first] = lost;
  if (!first) return undefined;
  const others = lost.size > 1 ? ` (and ${lost.size - 1} tenants more)` : '';
  const since = Math.min(...[...lost].map(({ memory }) => memory.continuity.lostAt));
  const { consecutiveFailures, lastError } = feedAttempts;
  const why = `${tenantName(first.memory.tenant)}: ${first.lost ?? 'the feed is not live'}${others}`;
  return { kind: 'feed', why, ageMs: Math.max(0, clock() - since), failures: consecutiveFailures, lastError };
}

/** A wrong rule may be about all tenants there are. */
const MOST_REFUSED = 10;

function ofRefused({ refused, clock }: HealthParts): HealthReason[] {
  const named = [...refused.all()].slice(0, MOST_REFUSED);
  const others = refused.count > MOST_REFUSED ? ` (and ${refused.count - MOST_REFUSED} more)` : '';
  return named.map(({ tenant, error, since }, i) => ({
    kind: 'refused',
    why: `${tenantName(tenant)}: Redis does not let this user read it${i === MOST_REFUSED - 1 ? others : ''}`,
    ageMs: Math.max(0, clock() - since),
    failures: 1,
    lastError: error,
    scope: scopeOf(tenant),
  }));
}

/** Nobody has needed the source for so long. */
const SOURCE_UNUSED_MS = 60_000;

/** Only its calls tell how it is. Where Redis has everything again nobody makes any, and an old failure says nothing of today. */
function ofSource({ sourceCalls, clock }: HealthParts): HealthReason | undefined {
  const { consecutiveFailures, lastError, lastAttemptAt = 0, failingSince } = sourceCalls;
  if (failingSince === undefined || clock() - lastAttemptAt >= SOURCE_UNUSED_MS) return undefined;
  const why = 'the source does not answer';
  return { kind: 'source', why, ageMs: clock() - failingSince, failures: consecutiveFailures, lastError };
}

const SAVED = Object.freeze({
  snapshot: 'values of the snapshot file are served: no live feed has confirmed them yet',
  bootstrap: 'values of `bootstrap` are served: neither Redis nor the snapshot file has others',
});

function ofSaved({ status: { status }, saved, clock }: HealthParts): HealthReason | undefined {
  const kind = status.state === 'ready' ? undefined : saved?.();
  if (!kind) return undefined;
  return { kind, why: SAVED[kind], ageMs: clock() - status.since, failures: 0, lastError: undefined };
}

function ofBreaker({ config, tenant, state, lastError }: OpenBreaker, at: number): HealthReason {
  const { name, until, openedAt, failures } = state;
  const whose = tenant === undefined ? '' : ` of ${tenantName(tenant as Tenant)}`;
  const now = name === 'halfOpen' ? 'half open: one load is trying it' : `open: tried again in ${until - at} ms`;
  const why = `the breaker of "${config}"${whose} is ${now}`;
  return { kind: 'breaker', why, ageMs: Math.max(0, at - openedAt), failures, lastError };
}
