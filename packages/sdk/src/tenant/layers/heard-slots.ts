import type { Slot } from '../../memory/slot.ts';
import type { Layers } from '../../scopes/look-up-layers.ts';
import type { TenantFollower } from '../tenant-follower.ts';
import type { LayeredConfigs, LayeredPlace } from './layered-configs.ts';

/** The slots that one watcher of an inherited config listens to, each with the follower of its scope. */
export class HeardSlots {
  readonly #configs: LayeredConfigs;
  readonly #place: LayeredPlace;
  readonly #listener: () => void;
  readonly #heard = new Map<Slot, TenantFollower>();

  constructor(configs: LayeredConfigs, place: LayeredPlace, listener: () => void) {
    this.#configs = configs;
    this.#place = place;
    this.#listener = listener;
  }

  get slots(): readonly Slot[] {
    return [...this.#heard.keys()];
  }

  get areKnown(): boolean {
    return this.slots.every(slot => slot.isKnown);
  }

  get gaveUp(): boolean {
    return this.slots.every(slot => slot.isKnown || slot.gaveUp);
  }

  get ownSlot(): Slot | undefined {
    const { seat, address } = this.#place;
    return seat.memory?.slots.get(address);
  }

  /** Listens to what decides now, and to nothing else. What is found in one group may lead to another. */
  listen(): Layers {
    for (;;) {
      const layers = this.#configs.lookUp(this.#place.seat.tenant, this.#place.config);
      const wanted = new Set<Slot>();
      const added: (() => void)[] = [];
      for (const place of layers.places) {
        const { seat, address, config } = this.#configs.placeOf(place);
        const follower = seat.follower();
        const known = follower.memory.slots.get(address);
        if (known && this.#heard.has(known)) {
          wanted.add(known);
          continue;
        }
        const slot = follower.memory.watch(address, config, this.#listener);
        this.#heard.set(slot, follower);
        wanted.add(slot);
        added.push(() => follower.watched(slot));
      }
      for (const [slot, follower] of this.#heard) {
        if (wanted.has(slot)) continue;
        this.#heard.delete(slot);
        follower.unwatch(slot, this.#listener);
      }
      for (const read of added) read();
      if (added.length === 0) return layers;
    }
  }

  leave(): void {
    for (const [slot, follower] of this.#heard) follower.unwatch(slot, this.#listener);
    this.#heard.clear();
  }
}
