import type { Shelved, Slot } from '../memory/slot.ts';
import type { StoredRecord } from '../memory/stored-record.ts';
import type { SavedRecord } from './saved-tenant.ts';

/** What the slots of one tenant show of a snapshot file or of `bootstrap`, and nobody has confirmed; and the bytes that the next file needs. */
export class ShownValues {
  readonly #shown = new Map<Slot, Shown>();
  readonly #payloads = new WeakMap<Slot, Payload>();

  /** The slot shows this from now on. */
  note(slot: Slot, from: Shelved, record?: SavedRecord): void {
    this.#shown.set(slot, { ...from, record, revision: slot.revision });
  }

  /** A slot took this record. */
  taken(slot: Slot, { payload }: StoredRecord): void {
    if (payload) this.#payloads.set(slot, { revision: slot.revision, payload });
  }

  /** Where the slot's value is from, while it shows it still. */
  in(slot: Slot): Shelved | undefined {
    return this.#at(slot);
  }

  /** The bytes of the value that the slot shows, where they were kept. */
  payloadIn(slot: Slot): Buffer | undefined {
    const kept = this.#payloads.get(slot);
    return kept?.revision === slot.revision ? kept.payload : undefined;
  }

  /** The file's record that the slot shows, where it has lost its version. */
  recordIn(slot: Slot): SavedRecord | undefined {
    return slot.shown.version === 0 ? this.#at(slot)?.record : undefined;
  }

  /** Where the first of them is from. Undefined: there is none. */
  get origin(): Shelved['origin'] | undefined {
    for (const [slot, { origin }] of this.#shown) if (this.#at(slot)) return origin;
    return undefined;
  }

  /** Redis has another life of the feed: versions cannot be compared, and Redis wins. */
  giveWay(): void {
    for (const slot of this.#shown.keys()) if (this.#at(slot)) slot.giveWay();
  }

  /** The feed is live, and has led to those that are exact. */
  confirm(): void {
    for (const slot of this.#shown.keys())
      if (!this.#at(slot) || (slot.isExact && slot.shown.version !== 0)) this.#shown.delete(slot);
  }

  #at(slot: Slot): Shown | undefined {
    const shown = this.#shown.get(slot);
    return shown?.revision === slot.revision ? shown : undefined;
  }
}

interface Shown extends Shelved {
  readonly revision: number;
  /** Of the file. */
  readonly record: SavedRecord | undefined;
}

interface Payload {
  readonly revision: number;
  readonly payload: Buffer;
}
