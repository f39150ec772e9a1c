import type { FeedMessage } from '@tenantry/protocol/wire';
import type { OpenEnvelope } from '../admission/open-envelope.ts';
import type { SavedRecord, SavedRecords } from './saved-tenant.ts';
import type { ShelfContent } from './shelf-parts.ts';

/** What is kept under one address. */
export interface KeptAt {
  readonly record: SavedRecord | undefined;
  /** Redis was known to have nothing there. */
  readonly isAbsent: boolean;
  /** Of `bootstrap`. */
  readonly value: unknown;
}

/** What a snapshot file and `bootstrap` have of one tenant and nobody has asked for yet. */
export class KeptContent {
  readonly #open: OpenEnvelope;
  readonly #saved: SavedRecords | undefined;
  /** The number of its record for each address. */
  readonly #records: Map<string, number>;
  /** Made for the first message. */
  #addressesOf: Map<string, string[]> | undefined;
  readonly #absent: Set<string>;
  readonly #bootstrap: Map<string, unknown>;

  constructor({ saved, bootstrap }: ShelfContent, open: OpenEnvelope) {
    this.#open = open;
    this.#saved = saved?.records;
    this.#records = saved?.records.index() ?? new Map();
    this.#absent = new Set(saved?.absent);
    this.#bootstrap = new Map(bootstrap);
  }

  /** How many addresses the file has. */
  get count(): number {
    return this.#records.size + this.#absent.size;
  }

  get hasRecords(): boolean {
    return this.#records.size > 0;
  }

  has(address: string): boolean {
    return this.#records.has(address) || this.#absent.has(address) || this.#bootstrap.has(address);
  }

  at(address: string): KeptAt {
    const record = this.#records.get(address);
    return {
      record: record === undefined ? undefined : this.#saved?.at(record),
      isAbsent: this.#absent.has(address),
      value: this.#bootstrap.get(address),
    };
  }

  drop(address: string): void {
    this.#records.delete(address);
    this.#absent.delete(address);
    this.#bootstrap.delete(address);
  }

  /** The feed told of these: what is here of them is old. */
  changed({ changes }: FeedMessage): void {
    if (this.count + this.#bootstrap.size === 0) return;
    this.#addressesOf ??= this.#indexOwners();
    for (const { owner, addresses } of changes) {
      for (const address of this.#addressesOf.get(owner) ?? []) this.drop(address);
      for (const address of addresses) this.drop(address);
      // That of a config that is no longer set, or no longer there.
      this.drop(owner);
    }
  }

  /** Of the rest Redis can be asked. */
  dropSaved(): void {
    this.#records.clear();
    this.#absent.clear();
    this.#addressesOf = undefined;
  }

  /** What the file has. `isExact`: it is so as of where the feed is now. */
  left(isExact: boolean): { readonly records: SavedRecord[]; readonly absent: readonly string[] } {
    const addresses = new Map<number, string[]>();
    for (const [address, record] of this.#records) {
      const known = addresses.get(record);
      if (known) known.push(address);
      else addresses.set(record, [address]);
    }
    const records: SavedRecord[] = [];
    for (const [record, its] of addresses) {
      const saved = this.#saved?.at(record);
      if (saved) records.push({ ...saved, addresses: its, isExact: saved.isExact && isExact });
    }
    return { records, absent: isExact ? [...this.#absent] : [] };
  }

  #indexOwners(): Map<string, string[]> {
    const index = new Map<string, string[]>();
    for (const { envelope, addresses } of this.left(false).records)
      try {
        const { owner } = this.#open(envelope);
        index.set(owner, [...(index.get(owner) ?? []), ...addresses]);
      } catch {
        // It is reported when somebody asks for it.
      }
    return index;
  }
}
