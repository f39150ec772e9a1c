/** How many of the places each caller has, where there are only so many. */
export class HeldPlaces {
  readonly #counts = new Map<string, number>();

  take(caller: string): void {
    this.#counts.set(caller, (this.#counts.get(caller) ?? 0) + 1);
  }

  give(caller: string): void {
    const left = (this.#counts.get(caller) ?? 1) - 1;
    if (left > 0) this.#counts.set(caller, left);
    else this.#counts.delete(caller);
  }

  /**
   * Who has the most, and has more than this caller would have with one more: that one can give a place up, and still has as many. Undefined: nobody. So one
   * caller cannot take all places, two callers do not take them from each other again and again, and one that is alone may have all of them.
   */
  giverFor(caller: string): string | undefined {
    const wanted = (this.#counts.get(caller) ?? 0) + 1;
    let [giver, most]: [string | undefined, number] = [undefined, wanted];
    for (const [other, count] of this.#counts) if (count > most) [giver, most] = [other, count];
    return giver;
  }
}
