import type { AnyConfig } from '@tenantry/protocol';
import { LONGEST_TIMER_MS } from '@tenantry/protocol/internal';
import { Observable } from 'rxjs';
import type { Slot } from '../memory/slot.ts';
import type { Layers } from '../scopes/look-up-layers.ts';
import type { LayeredConfigs, LayeredLook } from './layered-configs.ts';
import type { TenantFollower } from './tenant-follower.ts';

/**
 * Emits an inherited config as it is now and after each change of its value, whichever scope it comes from; a change above that leaves the value
 * equal emits nothing. Listens to every scope that decides, and to other ones as soon as the tenant's groups change. Silent while a part of
 * it is not known; never errors.
 */
export function watchLayers<T>(configs: LayeredConfigs, config: AnyConfig, look: LayeredLook<T>): Observable<T> {
  return new Observable(subscriber => {
    const { now } = configs.parts;
    const own = new HeardSlots(configs, config, changed);
    let seen: { readonly value: T } | undefined;
    let expiry: ReturnType<typeof setTimeout> | undefined;
    let endings: number | undefined;
    let isLooking = false;
    let isAgain = false;

    /** The start of a feed tells its listeners, in the middle of a look. */
    function changed(): void {
      isAgain = true;
      if (isLooking) return;
      isLooking = true;
      while (isAgain && !subscriber.closed) {
        isAgain = false;
        lookOnce();
      }
      isLooking = false;
    }

    function lookOnce(): void {
      clearTimeout(expiry);
      const layers = own.listen();
      const slot = own.slotOf(configs.ownPlace(config));
      if (!slot) return;
      endings ??= slot.endings;
      // Where a read could not find out, what memory has is better than silence, and so is an entry that says `stale`.
      const isWorthIt = own.gaveUp && seen === undefined && (look.tellsStale || config.default !== undefined);
      if (!own.areKnown && !isWorthIt) return;
      const made = layers.missing.length === 0 ? configs.known(slot) : undefined;
      const left = made && made.endsAt > 0 ? made.endsAt - now() : 0;
      if (left > 0) expiry = setTimeout(changed, Math.min(left, LONGEST_TIMER_MS));
      const value = look.of(slot, made);
      if (seen === undefined || !look.isSame(seen.value, value)) {
        seen = { value };
        subscriber.next(value);
      }
      if (slot.endings !== endings) subscriber.complete();
    }

    subscriber.add(() => {
      clearTimeout(expiry);
      own.leave();
    });
    changed();
  });
}

/** The slots that one watcher listens to, each with the follower of its scope. */
class HeardSlots {
  readonly #configs: LayeredConfigs;
  readonly #config: AnyConfig;
  readonly #listener: () => void;
  readonly #heard = new Map<Slot, TenantFollower>();

  constructor(configs: LayeredConfigs, config: AnyConfig, listener: () => void) {
    this.#configs = configs;
    this.#config = config;
    this.#listener = listener;
  }

  get areKnown(): boolean {
    return [...this.#heard.keys()].every(slot => slot.isKnown);
  }

  get gaveUp(): boolean {
    return [...this.#heard.keys()].every(slot => slot.isKnown || slot.gaveUp);
  }

  slotOf({ seat, address }: ReturnType<LayeredConfigs['ownPlace']>): Slot | undefined {
    return seat.memory?.slots.get(address);
  }

  /** Listens to what decides now, and to nothing else. What is found in one group may lead to another. */
  listen(): Layers {
    for (;;) {
      const layers = this.#configs.lookUp(this.#config);
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
        const slot = follower.watch(address, config, this.#listener);
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
