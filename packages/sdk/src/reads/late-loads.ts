import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import type { AllowedCall } from '../protection/source-guard.ts';
import type { LoadWay } from './ask-source.ts';
import type { SourceAnswer } from './check-answer.ts';

/** A call of the source. */
export interface AskedLoad {
  readonly way: LoadWay;
  /** The memory's generation when it began. */
  readonly generation: number;
  readonly answer: Promise<SourceAnswer>;
  /** Told how the call ended for the first who waited for it. */
  readonly allowed: AllowedCall;
  /** How many wait for it now. */
  callers: number;
}

/** For so many times a config's `databaseTimeout` a late answer is of use; after that the call counts as lost, and another is made. */
const WAIT_FACTOR = 10;

/**
 * The calls of the source that took longer than their callers could wait. Their answers are not thrown away: a source that is always a
 * little slower would never load anything. The next caller waits for the same call.
 */
export class LateLoads {
  readonly #memory: TenantMemory;
  readonly #pending = new Map<Slot, AskedLoad>();

  constructor(memory: TenantMemory) {
    this.#memory = memory;
  }

  pendingOf(slot: Slot, way: LoadWay): AskedLoad | undefined {
    const pending = this.#pending.get(slot);
    return pending?.way === way ? pending : undefined;
  }

  /** Its caller has given up. `takeIn` gets the late answer where nobody else waits for it by then; it never rejects. */
  keep(slot: Slot, asked: AskedLoad, waitMs: number, takeIn: (answer: SourceAnswer) => Promise<void>): void {
    if (this.#pending.has(slot)) return;
    this.#pending.set(slot, asked);
    const pinned = this.#memory.pin(slot.address);
    // What the feed says until then is remembered: it may overtake the answer.
    const replied = this.#memory.replies.open();
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(lost);
      this.#pending.delete(slot);
      replied();
      this.#memory.unpin(pinned);
    };
    const lost = setTimeout(end, WAIT_FACTOR * waitMs).unref();
    asked.answer
      .then(
        answer => (isOver || asked.callers > 0 ? undefined : takeIn(answer)),
        // That it failed is of no use to anybody: its caller has its error.
        () => undefined,
      )
      .finally(end);
  }
}
