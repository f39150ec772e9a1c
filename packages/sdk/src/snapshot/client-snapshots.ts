import type { Tenant } from '@tenantry/protocol';
import type { OpenEnvelope } from '../admission/open-envelope.ts';
import type { Shelved } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import type { Bootstrap } from './bootstrap.ts';
import type { ShelfParts } from './shelf-parts.ts';
import { SnapshotFile, type SnapshotFileParts } from './snapshot-file.ts';
import { ignored } from './snapshot-format.ts';
import type { CheckedSnapshotFile } from './snapshot-options.ts';
import { TenantShelf } from './tenant-shelf.ts';

/** What a client starts with, beside Redis. */
export interface SnapshotsParts extends Omit<SnapshotFileParts, keyof CheckedSnapshotFile> {
  readonly snapshotFile: CheckedSnapshotFile | undefined;
  readonly bootstrap: Bootstrap;
  readonly open: OpenEnvelope;
}

/** The snapshot file and `bootstrap` of one client. */
export class ClientSnapshots {
  readonly #parts: SnapshotsParts;
  readonly #file: SnapshotFile | undefined;
  readonly #shelves: ShelfParts;
  #hasToldOfEpoch = false;

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
    const { open, report } = parts;
    this.#shelves = { open, report, onOtherEpoch: () => this.#isOfOtherEpoch() };
    this.#file = parts.snapshotFile && new SnapshotFile({ ...parts, ...parts.snapshotFile });
  }

  /** Before any tenant is taken up. Never rejects. */
  async read(): Promise<void> {
    await this.#file?.read();
  }

  /** From now on the file is written. */
  start(): void {
    this.#file?.start();
  }

  /** There is something to show of this tenant before Redis is asked. */
  has(tenant: Tenant): boolean {
    return this.#file?.has(tenant) === true || this.#parts.bootstrap.has(tenant);
  }

  /** The shelf of a tenant's new memory. Undefined: it needs none. */
  shelfOf(memory: TenantMemory): TenantShelf | undefined {
    const bootstrap = this.#parts.bootstrap.get(memory.tenant);
    if (!this.#file && !bootstrap) return undefined;
    return new TenantShelf(memory, { saved: this.#file?.take(memory.tenant), bootstrap }, this.#shelves);
  }

  /** Something usable was there at the start, and where it came from. */
  get usable(): Shelved['origin'] | undefined {
    if (this.#file?.isUsable) return 'snapshot';
    return this.serving ?? (this.#parts.bootstrap.size > 0 ? 'bootstrap' : undefined);
  }

  /** What the client serves of it now. */
  get serving(): Shelved['origin'] | undefined {
    let origin: Shelved['origin'] | undefined;
    for (const { shelf } of this.#parts.tenants()) {
      const its = shelf?.isServing;
      if (its === 'snapshot') return its;
      origin ??= its;
    }
    return origin;
  }

  /** What the client has to serve before Redis was reached, and what it serves of it later. */
  unconfirmed(state: string): Shelved['origin'] | undefined {
    return state === 'connecting' ? this.usable : this.serving;
  }

  /** Writes the file for the last time, with what memory has at the moment of the call. */
  async close(): Promise<void> {
    await this.#file?.close();
  }

  /** The feed has begun anew since the file was written. */
  #isOfOtherEpoch(): void {
    if (this.#hasToldOfEpoch) return;
    this.#hasToldOfEpoch = true;
    this.#parts.report(ignored('Redis has another epoch of a feed: it lost its data since, or is another one'));
  }
}
