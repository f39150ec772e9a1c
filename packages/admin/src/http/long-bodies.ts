import { Refused } from './refused.ts';

/** The turn of one call. */
export interface LongBodyTurn extends Disposable {
  /** The longest body that it may be. */
  readonly maxBytes: number;
  /** Resolves when no other call has a long body; `UNAVAILABLE` where that takes longer. Then it is its turn until it is disposed of. */
  begin(waitMs: number): Promise<void>;
}

/**
 * Bodies that are longer than most may be: one call at a time has such a one, from its first byte until it is answered. So however many come, memory
 * has to hold one of them.
 */
export class LongBodies {
  readonly maxBytes: number;
  #isTaken = false;
  readonly #waiting = new Set<() => void>();

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  turn(): LongBodyTurn {
    let isMine = false;
    return {
      maxBytes: this.maxBytes,
      begin: async waitMs => {
        await this.#take(waitMs);
        isMine = true;
      },
      [Symbol.dispose]: () => {
        if (isMine) this.#give();
        isMine = false;
      },
    };
  }

  async #take(waitMs: number): Promise<void> {
    if (!this.#isTaken) {
      this.#isTaken = true;
      return;
    }
    const turn = Promise.withResolvers<void>();
    const next = () => turn.resolve();
    this.#waiting.add(next);
    const timer = setTimeout(() => {
      this.#waiting.delete(next);
      turn.reject(
        new Refused(503, 'UNAVAILABLE', 'Others write as much at the moment: nothing was written. Try again.', {
          headers: { 'retry-after': '1' },
        }),
      );
    }, waitMs);
    await turn.promise.finally(() => clearTimeout(timer));
  }

  /** It stays taken where the next one has it. */
  #give(): void {
    const [next] = this.#waiting;
    this.#isTaken = next !== undefined;
    if (!next) return;
    this.#waiting.delete(next);
    next();
  }
}
