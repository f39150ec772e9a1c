import { Observable } from 'rxjs';
import type { LayeredConfigs } from '../tenant/layers/layered-configs.ts';
import { watchable } from '../tenant/layers/watchable.ts';
import type { Place } from '../tenant/place.ts';
import type { TenantFollower } from '../tenant/tenant-follower.ts';
import type { ShownSlot } from '../views/watchable.ts';

/** Why something cannot be served yet; undefined: it can. */
export type Obstacle = string | undefined;

/**
 * Emits what is in the way of serving this place, at once and each time when that changes. Reads it, and tries again as for every watcher.
 * Not `watchSlot`, which is silent while a value is not known.
 */
export function watchReadiness(
  place: Place,
  layered: LayeredConfigs,
  freshness: 'any' | 'live',
  now: () => number,
): Observable<Obstacle> {
  return new Observable(subscriber => {
    const follower = place.seat.follower();
    const tell = () => subscriber.next(obstacleOf(watched.slot, follower, freshness, now));
    const watched = watchable(place, layered).watch(tell);
    subscriber.add(() => {
      // As a read: the tenant is followed for a while longer, because its values are about to be used.
      follower.touch();
      watched.end();
    });
    tell();
    if (!subscriber.closed) watched.looked();
  });
}

function obstacleOf(slot: ShownSlot, follower: TenantFollower, freshness: 'any' | 'live', now: () => number): Obstacle {
  const { trouble, state } = slot;
  // The default counts where Redis or the source has said that there is nothing else. Before that, nobody knows what it would hide.
  const isUsable = slot.isPresent(now) || (state !== 'unknown' && slot.fallback !== undefined);
  if (!isUsable) return trouble?.message ?? (state === 'unknown' ? unread(follower) : NOTHING_SET);
  if (freshness === 'any' || !slot.isStale(now)) return undefined;
  return trouble?.message ?? follower.lost ?? 'no live feed has confirmed it yet';
}

const NOTHING_SET = 'nothing is set, and it has no default';

function unread({ reads: { pausedBy } }: TenantFollower): string {
  return `it could not be read yet${pausedBy ? `: ${pausedBy.message}` : ''}`;
}
