import { GLOBAL_TENANT, type MissingRef, type Tenant, TenantryError } from '@tenantry/protocol';
import { combineLatest, map, type Observable, Subscription } from 'rxjs';
import type { LayeredConfigs } from '../tenant/layers/layered-configs.ts';
import { placeIn } from '../tenant/place.ts';
import type { TenantSeat } from '../tenant/tenant-seat.ts';
import { CLIENT_STATES, FIRST_STATE } from './client-states.ts';
import { checkReadyOptions, type ReadyOptions, type WantedRef } from './ready-options.ts';
import type { ClientStatus } from './status-machine.ts';
import { tenantName } from './tenant-name.ts';
import { type Obstacle, watchReadiness } from './watch-readiness.ts';

/** What readiness is made of. */
export interface ReadinessParts {
  readonly status$: Observable<ClientStatus>;
  /** Emits once, also to later subscribers. */
  readonly closed$: Observable<unknown>;
  readonly now: () => number;
  readonly layered: LayeredConfigs;
  seatOf(tenant: Tenant): TenantSeat;
  /** A snapshot file or `bootstrap` has something to serve. */
  hasSaved(): boolean;
}

/** What is still missing: of the client as a whole, or of what was required. */
interface Missing {
  readonly client: Obstacle;
  readonly refs: readonly MissingRef[];
}

/** Resolves when all that was asked for can be served. Rejects with `NOT_READY` when the time is up, and with `CLOSED`. Never later. */
export async function whenReady(parts: ReadinessParts, options: ReadyOptions = {}): Promise<void> {
  const { timeoutMs, freshness, wanted } = checkReadyOptions(options);
  const missing$ = wanted.length > 0 ? missingRefs(parts, freshness, wanted) : missingClient(parts, freshness);
  return new Promise((resolve, reject) => {
    let missing: Missing = { client: undefined, refs: [] };
    const waiting = new Subscription();
    const timer = setTimeout(() => end(notReady(missing, timeoutMs)), timeoutMs);
    waiting.add(() => clearTimeout(timer));
    const end = (error?: TenantryError) => {
      waiting.unsubscribe();
      if (error) reject(error);
      else resolve();
    };
    waiting.add(parts.closed$.subscribe(() => end(closed())));
    if (waiting.closed) return;
    waiting.add(
      missing$.subscribe(now => {
        missing = now;
        if (now.client === undefined && now.refs.length === 0) end();
      }),
    );
  });
}

function missingClient({ status$, hasSaved }: ReadinessParts, freshness: 'any' | 'live'): Observable<Missing> {
  return status$.pipe(
    map(({ state, why }) => {
      const isReady = freshness === 'live' ? CLIENT_STATES[state].isFresh : state !== FIRST_STATE || hasSaved();
      return { client: isReady ? undefined : why, refs: [] };
    }),
  );
}

function missingRefs(
  { seatOf, layered, now }: ReadinessParts,
  freshness: 'any' | 'live',
  wanted: readonly WantedRef[],
): Observable<Missing> {
  const obstacles = wanted.map(({ tenant, ref }) =>
    watchReadiness(placeIn(seatOf(tenant), seatOf(GLOBAL_TENANT), ref), layered, freshness, now),
  );
  return combineLatest(obstacles).pipe(
    map(all => ({
      client: undefined,
      refs: wanted.flatMap(({ tenant, ref: { address } }, i): MissingRef[] => {
        const why = all[i];
        return why === undefined ? [] : [{ tenant: tenant === GLOBAL_TENANT ? undefined : tenant, address, why }];
      }),
    })),
  );
}

const MOST_NAMED = 5;

function notReady({ client, refs }: Missing, timeoutMs: number): TenantryError {
  const named = refs
    .slice(0, MOST_NAMED)
    .map(({ tenant, address, why }) => `"${address}" of ${tenantName(tenant ?? GLOBAL_TENANT)}: ${why}`);
  if (client !== undefined) named.push(client);
  if (refs.length > MOST_NAMED) named.push(`and ${refs.length - MOST_NAMED} more`);
  return new TenantryError('NOT_READY', `After ${timeoutMs} ms there is still missing: ${named.join('; ')}`, {
    details: { missing: refs },
  });
}

function closed(): TenantryError {
  return new TenantryError('CLOSED', 'The client was closed: it will not become ready any more.');
}
