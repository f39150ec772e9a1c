/** Where one thing runs at a time: the next one begins when the one before it has ended, however it ended. */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();

  /** Waits in line, runs, and answers as `work` does. Turns come in the order in which they were asked for. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
