/** What has to be undone, whenever the end comes: also while the beginning is still under way. */
export class Cleanup {
  readonly #undo: (() => unknown)[] = [];
  #ending: Promise<void> | undefined;

  /** Runs `undo` at the end, the last added first; at once where the end is over. */
  async add(undo: () => unknown): Promise<void> {
    if (!this.#ending) return void this.#undo.push(undo);
    await this.#ending;
    await undo();
    throw new Error('The demo ends');
  }

  /** Undoes everything, each as well as it can. Idempotent. */
  run(): Promise<void> {
    this.#ending ??= this.#run();
    return this.#ending;
  }

  async #run(): Promise<void> {
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (error) {
        // The others have to be undone all the same.
        console.error(`While cleaning up: ${error}`);
      }
    }
  }
}
