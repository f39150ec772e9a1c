import type { AnyConfig } from '@tenantry/protocol';
import type { FeedMessage } from '@tenantry/protocol/wire';
import type { FeedFollower, FeedPosition, SavedFeedMark } from '@tenantry/redis';
import type { OpenEnvelope } from '../admission/open-envelope.ts';
import type { Shelf, Shelved, Slot } from '../memory/slot.ts';
import type { StoredRecord } from '../memory/stored-record.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { lastGoodAddress } from './last-good.ts';
import type { SavedRecord, SavedRecords } from './saved-tenant.ts';
import type { ShelfContent, ShelfParts } from './shelf-parts.ts';

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
  readonly #memory: TenantMemory;
  readonly #open: OpenEnvelope;
  readonly #report: (error: unknown) => void;
  readonly #onOtherEpoch: () => void;
  readonly #saved: SavedRecords | undefined;
  /** The number of its record for each address that nobody has asked for. */
  readonly #records: Map<string, number>;
  /** Made for the first message. */
  #addressesOf: Map<string, string[]> | undefined;
  readonly #absent: Set<string>;
  readonly #bootstrap: Map<string, unknown>;
  /** The continuity of the feed in which the records are exact. 0: none. */
  #generation: number;
  /** The slots that show what was here, and nobody has confirmed. */
  readonly #shown = new Map<Slot, Shown>();
  readonly #payloads = new WeakMap<Slot, Payload>();

  constructor(memory: TenantMemory, { saved, bootstrap }: ShelfContent, { open, report, onOtherEpoch }: ShelfParts) {
    this.mark = saved?.mark;
    this.#memory = memory;
    this.#open = open;
    this.#report = report;
    this.#onOtherEpoch = onOtherEpoch;
    this.#generation = saved?.mark ? memory.generation : 0;
    this.#absent = new Set(saved?.absent);
    this.#bootstrap = new Map(bootstrap);
    // The age that entries tell counts from then.
    if (saved) memory.continuity.lostAt = saved.heardAt;
    this.#saved = saved?.records;
    this.#records = saved?.records.index() ?? new Map();
  }

  restore(address: string, config?: AnyConfig): Slot | undefined {
    if (!this.#records.has(address) && !this.#absent.has(address) && !this.#bootstrap.has(address)) return undefined;
    this.#memory.unpin(this.#memory.pin(address, config));
    return this.#memory.slots.get(address);
  }

  show(slot: Slot): void {
    const { address, config } = slot;
    if (slot.inherited) slot.inherited.saved = this.#takeLastGood(slot);
    const record = this.#recordOf(address);
    const value = this.#bootstrap.get(address);
    const wasAbsent = this.#absent.has(address);
    const isOfOther = record !== undefined && record.isConfig !== (config !== undefined);
    if (isOfOther) return;
    this.#drop(address);
    if (record && config?.secret !== true && this.#showRecord(slot, record)) return;
    if (wasAbsent && this.isExact) {
      this.#memory.clear(slot);
      this.#memory.confirm(slot, this.mark?.position.seq ?? 0);
    } else if (value !== undefined && !wasAbsent)
      this.#showUnversioned(slot, { ...NOTHING, value }, { origin: 'bootstrap', version: undefined });
  }

  taken(slot: Slot, { payload }: StoredRecord): void {
    if (payload) this.#payloads.set(slot, { revision: slot.revision, payload });
  }

  shownIn(slot: Slot): Shelved | undefined {
    const shown = this.#shown.get(slot);
    return shown?.revision === slot.revision ? shown : undefined;
  }

  /** The bytes of the value that the slot shows, where they were kept. */
  payloadIn(slot: Slot): Buffer | undefined {
    const kept = this.#payloads.get(slot);
    return kept?.revision === slot.revision ? kept.payload : undefined;
  }

  /** The file's record that the slot shows, where it has lost its version. */
  recordIn(slot: Slot): SavedRecord | undefined {
    return slot.shown.version === 0 && this.shownIn(slot) ? this.#shown.get(slot)?.record : undefined;
  }

  /** What nobody has asked for yet, as of where the feed is now. */
  get left(): { readonly records: SavedRecord[]; readonly absent: readonly string[] } {
    const addresses = new Map<number, string[]>();
    for (const [address, record] of this.#records) {
      const known = addresses.get(record);
      if (known) known.push(address);
      else addresses.set(record, [address]);
    }
    const records: SavedRecord[] = [];
    for (const [record, its] of addresses) {
      const saved = this.#saved?.at(record);
      if (saved) records.push({ ...saved, addresses: its, isExact: saved.isExact && this.isExact });
    }
    return { records, absent: this.isExact ? [...this.#absent] : [] };
  }

  /** How many addresses nobody has asked for. */
  get count(): number {
    return this.#records.size + this.#absent.size;
  }

  /** What is here, and what memory shows of it, is exact but for what the feed told since. */
  get isExact(): boolean {
    return this.#memory.generation === this.#generation;
  }

  /** Something is shown, or would be, that nobody has confirmed. */
  get isServing(): Shelved['origin'] | undefined {
    if (this.#records.size > 0) return this.#memory.live ? undefined : 'snapshot';
    for (const [slot, { origin }] of this.#shown) if (this.shownIn(slot)) return origin;
    return undefined;
  }

  /** The follower, which the shelf hears along with. `position`: of the feed, at each moment. */
  hearing(follower: FeedFollower, position: () => FeedPosition | undefined): FeedFollower {
    return {
      onMessage: message => {
        this.#changed(message);
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

  /** The feed told of these: what is here of them is old. */
  #changed({ changes }: FeedMessage): void {
    if (this.#records.size + this.#absent.size + this.#bootstrap.size === 0) return;
    this.#addressesOf ??= this.#indexOwners();
    for (const { owner, addresses } of changes) {
      for (const address of this.#addressesOf.get(owner) ?? []) this.#drop(address);
      for (const address of addresses) this.#drop(address);
      // That of a config that is no longer set, or no longer there.
      this.#drop(owner);
    }
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
    if (its !== '') this.#onOtherEpoch();
    for (const slot of this.#shown.keys()) if (this.shownIn(slot)) slot.giveWay();
  }

  /** The feed is live: what it has led to here is confirmed, and of the rest Redis can be asked. */
  #live(): void {
    for (const slot of this.#shown.keys())
      if (!this.shownIn(slot) || (slot.isExact && slot.shown.version !== 0)) this.#shown.delete(slot);
    if (this.isExact) return;
    this.#records.clear();
    this.#absent.clear();
    this.#addressesOf = undefined;
  }

  #recordOf(address: string): SavedRecord | undefined {
    const record = this.#records.get(address);
    return record === undefined ? undefined : this.#saved?.at(record);
  }

  #takeLastGood({ address, config }: Slot): unknown {
    const name = lastGoodAddress(address);
    const record = this.#recordOf(name);
    this.#drop(name);
    try {
      return config?.secret === true ? undefined : record && this.#open(record.envelope).record(config).value;
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  #indexOwners(): Map<string, string[]> {
    const index = new Map<string, string[]>();
    for (const { envelope, addresses } of this.left.records)
      try {
        const { owner } = this.#open(envelope);
        index.set(owner, [...(index.get(owner) ?? []), ...addresses]);
      } catch {
        // It is reported when somebody asks for it.
      }
    return index;
  }

  #drop(address: string): void {
    this.#records.delete(address);
    this.#absent.delete(address);
    this.#bootstrap.delete(address);
  }

  #showRecord(slot: Slot, record: SavedRecord): boolean {
    try {
      const opened = this.#open(record.envelope).record(slot.config);
      const { version } = opened;
      if (record.isExact && this.isExact) {
        this.#memory.put(slot, opened);
        this.#memory.confirm(slot, this.mark?.position.seq ?? 0);
        if (!this.#memory.live) this.#note(slot, { origin: 'snapshot', version }, record);
      } else this.#showUnversioned(slot, opened, { origin: 'snapshot', version }, record);
      return true;
    } catch (error) {
      // Its definition may be another one than that of the process that wrote the file.
      this.#report(error);
      return false;
    }
  }

  #showUnversioned(slot: Slot, record: StoredRecord, from: Shelved, saved?: SavedRecord): void {
    this.#memory.put(slot, { ...record, owner: '', version: 0 });
    this.#note(slot, from, saved);
  }

  #note(slot: Slot, from: Shelved, record?: SavedRecord): void {
    this.#shown.set(slot, { ...from, record, revision: slot.revision });
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

const NOWHERE = Object.freeze({ epoch: '' });

const NOTHING = Object.freeze({ owner: '', version: 0, updatedAt: 0, expiresAt: 0, freshUntil: 0 });
