import type { TenantMemory } from './tenant-memory.ts';
import type { Ticks } from './ticks.ts';

/** Counts for how many ticks nobody has used a tenant. */
export class QuietCount {
  readonly #memory: TenantMemory;
  readonly #ticks: Ticks;
  readonly #isTapped: () => boolean;
  #readAt = 0;
  /** The tick of the last read that was counted, and for how many counts there was no other. */
  #countedAt = 0;
  #quiet = 0;

  constructor(memory: TenantMemory, ticks: Ticks, isTapped: () => boolean) {
    this.#memory = memory;
    this.#ticks = ticks;
    this.#isTapped = isTapped;
  }

  /** A caller reads. */
  touch(): void {
    this.#readAt = this.#ticks.now;
  }

  /** The tick at which a caller last read. Of reads that only left the flag, it is that of the next look. */
  get readAt(): number {
    if (this.#memory.touched) {
      this.#memory.touched = false;
      this.touch();
    }
    return this.#readAt;
  }

  /** Nobody watches, or has read since the last count. */
  get isQuiet(): boolean {
    return this.#memory.watched.size === 0 && !this.#isTapped() && this.readAt === this.#countedAt;
  }

  /** Called once a tick: for how many ticks in a row no caller has read or watched. */
  count(): number {
    this.#quiet = this.isQuiet ? this.#quiet + 1 : 0;
    this.#countedAt = this.readAt;
    return this.#quiet;
  }
}
