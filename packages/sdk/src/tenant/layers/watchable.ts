import type { Watchable, WatchedSlot } from '../../views/watchable.ts';
import type { Place } from '../place.ts';
import { isLayeredPlace, type LayeredConfigs } from './layered-configs.ts';
import { LayeredSlot } from './layered-slot.ts';

/** A place, for views: its slot, or of an inherited config all slots that make its value. */
export function watchable(place: Place, configs: LayeredConfigs): Watchable {
  return {
    address: place.address,
    watch: listener =>
      isLayeredPlace(place) ? LayeredSlot.watch(configs, place, listener) : watchPlace(place, listener),
  };
}

function watchPlace({ seat, address, config }: Place, listener: () => void): WatchedSlot {
  // Only now, because the tenant may have been let go since the view was made.
  const follower = seat.follower();
  const slot = follower.memory.watch(address, config, listener);
  return { slot, looked: () => follower.watched(slot), end: () => follower.unwatch(slot, listener) };
}
