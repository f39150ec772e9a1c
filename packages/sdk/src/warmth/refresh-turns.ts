import { HEAT_RANKS, rankOf } from './heat-rank.ts';

/** Ends a turn. */
export type EndTurn = () => void;

type Line = Map<object, () => void>;

/**
 * So many loads go in the background at once, over all tenants of a client, and the hottest of those that wait goes next. After a mass change
 * each watched config would else be loaded in the same moment. A load that a caller waits for takes no turn, and one that a caller joins goes
 * at once.
 */
export class RefreshTurns {
  readonly #most: number;
  /** Those that wait, the hottest line first. */
  readonly #lines: readonly Line[] = Array.from({ length: HEAT_RANKS }, () => new Map());
  readonly #lineOf = new Map<object, Line>();
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#lineOf.size;
  }

  /** Answers at once where there is a turn to take, and after `mostMs` in any case. One `key` waits once. */
  take(key: object, heat: number, mostMs?: number): Promise<EndTurn> | EndTurn {
    if (this.#taken < this.#most) return this.#begin();
    return new Promise(resolve => {
      const line = this.#lines[rankOf(heat)] as Line;
      const late = mostMs === undefined ? undefined : setTimeout(() => this.hurry(key), mostMs).unref();
      line.set(key, () => {
        clearTimeout(late);
        resolve(this.#begin());
      });
      this.#lineOf.set(key, line);
    });
  }

  /** Somebody waits for it now: it goes, whether or not it is its turn. */
  hurry(key: object): void {
    const line = this.#lineOf.get(key);
    const begin = line?.get(key);
    this.#lineOf.delete(key);
    line?.delete(key);
    begin?.();
  }

  #begin(): EndTurn {
    this.#taken++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#taken--;
      if (this.#taken < this.#most) this.#next();
    };
  }

  #next(): void {
    const [key] = this.#lines.find(({ size }) => size > 0)?.keys() ?? [];
    if (key) this.hurry(key);
  }
}
