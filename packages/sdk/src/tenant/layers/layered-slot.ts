import type { TenantryError } from '@tenantry/protocol';
import { isSameValue, type LayeredValue } from '../../scopes/layered-value.ts';
import type { ShownSlot, WatchedSlot } from '../../views/watchable.ts';
import { HeardSlots } from './heard-slots.ts';
import type { LayeredConfigs, LayeredPlace } from './layered-configs.ts';

/**
 * An inherited config as views watch it: one slot, whose value is made of several. It keeps no state of theirs, so all that a view watches is as of
 * one moment, whichever part its listener was called for first.
 */
export class LayeredSlot implements ShownSlot {
  readonly address: string;
  readonly fallback: unknown;
  readonly #configs: LayeredConfigs;
  readonly #heard: HeardSlots;
  readonly #listener: () => void;
  /** What `revision` counted last. */
  #seen: LayeredValue | undefined;
  #revision = 0;
  #isListening = false;
  #isAgain = false;
  #isOver = false;

  private constructor(configs: LayeredConfigs, place: LayeredPlace, listener: () => void) {
    this.address = place.address;
    this.fallback = place.config.default;
    this.#configs = configs;
    this.#heard = new HeardSlots(configs, place, () => this.#changed());
    this.#listener = listener;
  }

  static watch(configs: LayeredConfigs, place: LayeredPlace, listener: () => void): WatchedSlot {
    const slot = new LayeredSlot(configs, place, listener);
    return { slot, looked: () => slot.#changed(), end: () => slot.#end() };
  }

  get isKnown(): boolean {
    return this.#made !== undefined;
  }

  /** Goes up with each look that finds another value than the look before. */
  get revision(): number {
    const made = this.#shown;
    if (made && !(this.#seen && isSameValue(this.#seen.value, made.value))) this.#revision++;
    this.#seen = made ?? this.#seen;
    return this.#revision;
  }

  get expiresAt(): number {
    return this.#shown?.endsAt ?? 0;
  }

  get trouble(): TenantryError | undefined {
    return this.#shown?.trouble ?? this.#heard.slots.find(({ trouble }) => trouble)?.trouble;
  }

  get isOutdated(): boolean {
    return this.#heard.slots.some(({ isOutdated }) => isOutdated);
  }

  get isHalfHeard(): boolean {
    return this.#heard.slots.some(({ isHalfHeard }) => isHalfHeard);
  }

  get isLive(): boolean {
    return this.#heard.slots.every(({ isLive }) => isLive);
  }

  get gaveUp(): boolean {
    return this.#heard.slots.length > 0 && this.#heard.gaveUp;
  }

  get endings(): number {
    return this.#heard.ownSlot?.endings ?? 0;
  }

  get state(): ShownSlot['state'] {
    if (!this.#made) return 'unknown';
    return this.isPresent() ? 'present' : 'absent';
  }

  /** Not where the schema refuses what comes of the scopes, and no value was good before. */
  isPresent(): boolean {
    const made = this.#shown;
    return made !== undefined && made.setters.length > 0 && made.value !== undefined;
  }

  /** A part of the value that was seen has ended. */
  isExpired(now: () => number): boolean {
    const endsAt = this.#seen?.endsAt ?? 0;
    return endsAt !== 0 && endsAt <= now();
  }

  isStale(now: () => number): boolean {
    return this.#made?.isStale(now) ?? true;
  }

  valueAt(): unknown {
    const made = this.#shown;
    return made ? made.value : this.fallback;
  }

  get #made(): LayeredValue | undefined {
    return this.#heard.areKnown ? this.#shown : undefined;
  }

  /** Also where a read could not find out: what memory has is better than the default. */
  get #shown(): LayeredValue | undefined {
    const { ownSlot, areKnown, gaveUp } = this.#heard;
    return ownSlot && (areKnown || gaveUp) ? this.#configs.known(ownSlot) : undefined;
  }

  /** The start of a feed tells its listeners, in the middle of a look for what to listen to. */
  #changed(): void {
    this.#isAgain = true;
    if (this.#isListening) return;
    this.#isListening = true;
    while (this.#isAgain && !this.#isOver) {
      this.#isAgain = false;
      this.#heard.listen();
    }
    this.#isListening = false;
    if (!this.#isOver) this.#listener();
  }

  #end(): void {
    this.#isOver = true;
    this.#heard.leave();
  }
}
