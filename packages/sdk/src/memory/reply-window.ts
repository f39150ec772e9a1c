/**
 * Remembers the versions that the feed showed while a reply of Redis was on its way, so that the reader can tell whether a message
 * overtook the reply.
 */
export class ReplyWindow {
  #versions: Map<string, number> | undefined;
  #awaited = 0;

  /** Some reply is still on its way. */
  get isOpen(): boolean {
    return this.#awaited > 0;
  }

  /** Call it before Redis is asked, and call the returned function once the reply is taken in. */
  open(): () => void {
    this.#awaited++;
    return () => {
      if (--this.#awaited === 0) this.#versions = undefined;
    };
  }

  /** The feed showed this version of a record. */
  heard(owner: string, version: number): void {
    if (this.#awaited === 0) return;
    this.#versions ??= new Map();
    this.#versions.set(owner, version);
  }

  /** The last version of the record that the feed showed since the oldest awaited reply was asked for; 0 for none. */
  heardOf(owner: string): number {
    return this.#versions?.get(owner) ?? 0;
  }
}
