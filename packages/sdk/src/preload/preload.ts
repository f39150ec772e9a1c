import { GLOBAL_TENANT, type Ref, type Tenant, TenantryError, tenantId } from '@tenantry/protocol';
import {
  checkOptions,
  defineGroups,
  groupTenant,
  isOwnTenant,
  isRef,
  optional,
  refuseOption,
} from '@tenantry/protocol/internal';
import { firstValueFrom, fromEvent, map, merge, NEVER, type Observable, timer } from 'rxjs';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { isLayeredPlace } from '../tenant/layers/layered-configs.ts';
import type { LayeredReads } from '../tenant/layers/layered-reads.ts';
import { type Place, placeIn } from '../tenant/place.ts';
import type { TenantSeat } from '../tenant/tenant-seat.ts';
import { hottestConfigs } from '../warmth/heat.ts';

/** Options of `client.preload`. */
export interface PreloadOptions {
  /** What to bring into memory. Default: the configs that this client has read most lately, up to 100. */
  readonly refs?: readonly Ref<unknown>[] | undefined;
  /** Of which tenants. Default: those in memory. Refs without a tenant are brought of the global one. */
  readonly tenants?: readonly (string | number | bigint)[] | undefined;
  /**
   * Only those tenants that are in this group of tenants, or in a group that is in it. A reader does not know who else is in a group: it reads the
   * groups of each of `tenants`, or of those in memory.
   */
  readonly group?: string | undefined;
  /** Ends it after the batch that is under way, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a preload has brought. */
export interface Preloaded {
  /** How many refs are known now, those that are known not to be set included. */
  readonly known: number;
  /** Those that are not, each with the reason. */
  readonly failed: readonly FailedPreload[];
}

/** A ref that could not be brought into memory. */
export interface FailedPreload {
  /** Undefined: the global tenant. */
  readonly tenant: string | undefined;
  readonly address: string;
  readonly error: TenantryError;
}

/** What preloads work with. */
export interface PreloadParts {
  readonly isClosed: () => boolean;
  /** Emits once, also to later subscribers. */
  readonly closed$: Observable<unknown>;
  readonly layeredReads: Pick<LayeredReads, 'bring' | 'scopesOf'>;
  seatOf(tenant: Tenant): TenantSeat;
  /** Of all tenants that are held. */
  memories(): Iterable<TenantMemory>;
}

/** So many refs at a time: callers come between two batches. */
export const PRELOAD_BATCH = 64;
/** So many configs where none are named. */
const MOST_CONFIGS = 100;

/**
 * Brings refs into memory, batch by batch. Rejects only with `INVALID_OPTION`, `INVALID_TENANT`, `INVALID_GROUP`, `INVALID_KEY`, `CLOSED` and
 * the signal's reason.
 */
export async function preload(parts: PreloadParts, options: PreloadOptions = {}): Promise<Preloaded> {
  const { signal, group, ...wanted } = checkPreload(options);
  const memories = [...parts.memories()];
  const refs = wanted.refs ?? hottestConfigs(memories, MOST_CONFIGS);
  const held = wanted.tenants ?? memories.map(({ tenant }) => tenant).filter(isOwnTenant);
  const failed: FailedPreload[] = [];
  const tenants = group === undefined ? held : await membersOf(group, held, parts, failed, signal);
  let known = 0;
  for (const batch of batchesOf(refs, tenants)) {
    throwIfOver(parts, signal);
    // Only now, so that a tenant is not held before its turn.
    const places = batch.map(
      ([tenant, ref]) => [tenant, placeIn(parts.seatOf(tenant), parts.seatOf(GLOBAL_TENANT), ref)] as const,
    );
    const ends = await Promise.allSettled(places.map(([, place]) => bring(place, parts, signal)));
    throwIfOver(parts, signal);
    ends.forEach((end, i) => {
      const [tenant, { address }] = places[i] as (typeof places)[number];
      if (end.status === 'fulfilled') known++;
      else failed.push(failedPreload(tenant, address, end.reason as TenantryError));
    });
  }
  return { known, failed };
}

/** Those of the tenants that are in the group, as their groups are now. */
async function membersOf(
  group: Tenant,
  tenants: readonly Tenant[],
  parts: PreloadParts,
  failed: FailedPreload[],
  signal: AbortSignal | undefined,
): Promise<Tenant[]> {
  const members: Tenant[] = [];
  for (let at = 0; at < tenants.length; at += PRELOAD_BATCH) {
    throwIfOver(parts, signal);
    const batch = tenants.slice(at, at + PRELOAD_BATCH);
    const ends = await Promise.allSettled(batch.map(tenant => parts.layeredReads.scopesOf(tenant, signal)));
    ends.forEach((end, i) => {
      const tenant = batch[i] as Tenant;
      if (end.status === 'rejected') failed.push(failedPreload(tenant, GROUPS_ADDRESS, end.reason as TenantryError));
      else if (end.value.includes(group)) members.push(tenant);
    });
  }
  throwIfOver(parts, signal);
  return members;
}

const GROUPS_ADDRESS = defineGroups().address;

function failedPreload(tenant: Tenant, address: string, error: TenantryError): FailedPreload {
  return { tenant: tenant === GLOBAL_TENANT ? undefined : tenant, address, error };
}

function throwIfOver({ isClosed }: PreloadParts, signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
  if (isClosed()) throw new TenantryError('CLOSED', 'The client was closed: nothing more is brought into memory.');
}

/** Tenant by tenant: the refs of one are read in one command. */
function* batchesOf(refs: readonly Ref<unknown>[], tenants: readonly Tenant[]): Generator<[Tenant, Ref<unknown>][]> {
  const ofGlobal = refs.filter(({ definition }) => definition.tenant === undefined);
  const ofTenants = refs.filter(({ definition }) => definition.tenant !== undefined);
  let batch: [Tenant, Ref<unknown>][] = [];
  for (const [tenant, ref] of pairs()) {
    batch.push([tenant, ref]);
    if (batch.length < PRELOAD_BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;

  function* pairs(): Generator<[Tenant, Ref<unknown>]> {
    for (const ref of ofGlobal) yield [GLOBAL_TENANT, ref];
    for (const tenant of tenants) for (const ref of ofTenants) yield [tenant, ref];
  }
}

/** As a load in the background: it waits for its turn, and for the rate that the source allows. */
async function bring(place: Place, parts: PreloadParts, signal?: AbortSignal): Promise<void> {
  // No source has a value of it.
  if (isLayeredPlace(place)) return parts.layeredReads.bring(place, signal);
  const { seat, address, config } = place;
  const follower = seat.follower();
  const slot = follower.memory.pin(address, config);
  try {
    follower.touch();
    while (!follower.reads.mayAnswer(slot, false)) {
      try {
        await follower.reads.bringUpToDate(slot, 'background');
        return;
      } catch (error) {
        const { code, details } = error as TenantryError;
        if (code !== 'RATE_LIMITED' || parts.isClosed() || signal?.aborted) throw error;
        await pause(details.retryAfterMs ?? 0, parts, signal);
      }
    }
  } finally {
    follower.memory.unpin(slot);
  }
}

/** Neither the client's end nor the signal waits for it. */
function pause(ms: number, { closed$ }: PreloadParts, signal: AbortSignal | undefined): Promise<void> {
  const aborted$ = signal ? fromEvent(signal, 'abort') : NEVER;
  return firstValueFrom(merge(timer(ms), closed$, aborted$).pipe(map(() => undefined)));
}

function checkPreload(options: PreloadOptions) {
  const { refs, tenants, group, signal } = checkOptions('preload', options, {
    refs: optional('a list of refs', Array.isArray),
    tenants: optional('a list of tenant ids', Array.isArray),
    group: optional('the name of a group', value => typeof value === 'string'),
    signal: optional('an AbortSignal', value => value instanceof AbortSignal),
  });
  for (const ref of refs ?? []) if (!isRef(ref)) refuseOption('refs', 'a list of refs', ref);
  return {
    refs: refs && [...new Set(refs)],
    tenants: tenants && [...new Set(tenants.map(tenantId))],
    group: group === undefined ? undefined : groupTenant(group),
    signal,
  };
}
