import type { AnyConfig } from '@tenantry/protocol';
import type { FeedFollower, FeedPosition, SavedFeedMark } from '@tenantry/redis';
import type { Shelf, Shelved, Slot } from '../memory/slot.ts';
import type { StoredRecord } from '../memory/stored-record.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { KeptContent } from './kept-content.ts';
import { lastGoodAddress } from './last-good.ts';
import type { SavedRecord } from './saved-tenant.ts';
import type { ShelfContent, ShelfParts } from './shelf-parts.ts';
import { ShownValues } from './shown-values.ts';

/**
 * What a snapshot file and `bootstrap` have of one tenant, until memory is asked for it. To memory, a restart is nothing but a long loss of
 * the connection: what the file has is exact as of its position in the feed. The feed goes on from there, tells what has changed since, and
 * then all the rest is confirmed without a read. Where it cannot go on from there, memory is compared with Redis, as after every gap.
 *
 * What the feed can no longer lead on from is shown without a version, so that it gives way to whatever Redis has.
 */
export class TenantShelf implements Shelf {
  /** Where the feed goes on. */
  readonly mark: SavedFeedMark | undefined;
  readonly kept: KeptContent;
  readonly shown: ShownValues = new ShownValues();
  readonly #memory: TenantMemory;
  readonly #parts: ShelfParts;
  /** The continuity of the feed in which the records are exact. 0: none. */
  #generation: number;

  constructor(memory: TenantMemory, content: ShelfContent, parts: ShelfParts) {
    const { saved } = content;
    this.mark = saved?.mark;
    this.kept = new KeptContent(content, parts.open);
    this.#memory = memory;
    this.#parts = parts;
    this.#generation = saved?.mark ? memory.generation : 0;
    // The age that entries tell counts from then.
    if (saved) memory.continuity.lostAt = saved.heardAt;
  }

  restore(address: string, config?: AnyConfig): Slot | undefined {
    if (!this.kept.has(address)) return undefined;
    this.#memory.unpin(this.#memory.pin(address, config));
    return this.#memory.slots.get(address);
  }

  show(slot: Slot): void {
    const { address, config } = slot;
    if (slot.inherited) slot.inherited.saved = this.#takeLastGood(slot);
    const { record, value, isAbsent } = this.kept.at(address);
    const isOfOther = record !== undefined && record.isConfig !== (config !== undefined);
    if (isOfOther) return;
    this.kept.drop(address);
    if (record && config?.secret !== true && this.#showRecord(slot, record)) return;
    if (isAbsent && this.isExact) {
      this.#memory.clear(slot);
      this.#memory.confirm(slot, this.mark?.position.seq ?? 0);
    } else if (value !== undefined && !isAbsent)
      this.#showUnversioned(slot, { ...NOTHING, value }, { origin: 'bootstrap', version: undefined });
  }

  taken(slot: Slot, record: StoredRecord): void {
    this.shown.taken(slot, record);
  }

  shownIn(slot: Slot): Shelved | undefined {
    return this.shown.in(slot);
  }

  /** What is here, and what memory shows of it, is exact but for what the feed told since. */
  get isExact(): boolean {
    return this.#memory.generation === this.#generation;
  }

  /** Something is shown, or would be, that nobody has confirmed. */
  get isServing(): Shelved['origin'] | undefined {
    if (this.kept.hasRecords) return this.#memory.live ? undefined : 'snapshot';
    return this.shown.origin;
  }

  /** The follower, which the shelf hears along with. `position`: of the feed, at each moment. */
  hearing(follower: FeedFollower, position: () => FeedPosition | undefined): FeedFollower {
    return {
      onMessage: message => {
        this.kept.changed(message);
        follower.onMessage(message);
      },
      resync: (complete, continuous) => {
        this.#leave(position()?.epoch);
        return follower.resync(complete, continuous);
      },
      onLive: (live, why) => {
        if (live) this.#live();
        follower.onLive(live, why);
      },
      onTrouble: error => follower.onTrouble(error),
    };
  }

  /**
   * The feed does not lead on from the file: what memory shows of it is compared, and the rest is not to be relied on. `epoch`: of the feed
   * that Redis has now. Where it is another one, versions cannot be compared.
   */
  #leave(epoch: string | undefined): void {
    const { epoch: its } = this.mark?.position ?? NOWHERE;
    const isOther = this.isExact && epoch !== its;
    this.#generation = 0;
    if (!isOther) return;
    if (its !== '') this.#parts.onOtherEpoch();
    this.shown.giveWay();
  }

  /** The feed is live: what it has led to here is confirmed, and of the rest Redis can be asked. */
  #live(): void {
    this.shown.confirm();
    if (!this.isExact) this.kept.dropSaved();
  }

  #takeLastGood({ address, config }: Slot): unknown {
    const name = lastGoodAddress(address);
    const { record } = this.kept.at(name);
    this.kept.drop(name);
    const { open, report } = this.#parts;
    try {
      return config?.secret === true ? undefined : record && open(record.envelope).record(config).value;
    } catch (error) {
      report(error);
      return undefined;
    }
  }

  #showRecord(slot: Slot, record: SavedRecord): boolean {
    const { open, report } = this.#parts;
    try {
      const opened = open(record.envelope).record(slot.config);
      const { version } = opened;
      if (record.isExact && this.isExact) {
        this.#memory.put(slot, opened);
        this.#memory.confirm(slot, this.mark?.position.seq ?? 0);
        if (!this.#memory.live) this.shown.note(slot, { origin: 'snapshot', version }, record);
      } else this.#showUnversioned(slot, opened, { origin: 'snapshot', version }, record);
      return true;
    } catch (error) {
      // Its definition may be another one than that of the process that wrote the file.
      report(error);
      return false;
    }
  }

  #showUnversioned(slot: Slot, record: StoredRecord, from: Shelved, saved?: SavedRecord): void {
    this.#memory.put(slot, { ...record, owner: '', version: 0 });
    this.shown.note(slot, from, saved);
  }
}

const NOWHERE = Object.freeze({ epoch: '' });

const NOTHING = Object.freeze({ owner: '', version: 0, updatedAt: 0, expiresAt: 0, freshUntil: 0 });
