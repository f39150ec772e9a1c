import { isDeepStrictEqual } from 'node:util';
import type { Scope, Tenant } from '@tenantry/protocol';
import { scopeOf } from '@tenantry/protocol/internal';
import { type Observable, Subject } from 'rxjs';
import type { Slot } from './slot.ts';
import type { StoredRecord } from './stored-record.ts';

/** The addresses of one scope whose state in memory became another one in one step. */
export interface MemoryChange {
  /** `tenants/acme` for what a tenant has of its own, `groups/eu`, `global`. */
  readonly scope: Scope;
  /** `config.address` or `ref.address`, each once. */
  readonly addresses: readonly string[];
  /**
   * They changed while nothing was heard of them, and were found out afterwards: after a lost connection or an outage of Redis, after a
   * start from a snapshot file, or when the tenant is followed again. One event then has everything that differs, and there is none where
   * nothing does. False: the feed was live, and told of it.
   */
  readonly missed: boolean;
}

/** What one step changed of one tenant. */
interface Step {
  readonly addresses: Set<string>;
  readonly missed: boolean;
}

/** Tells of each step, once it is over: all addresses that one message or one comparison changed come together. */
export class MemoryChanges {
  readonly #changes$ = new Subject<MemoryChange>();
  readonly #noted = new Map<Tenant, Step>();

  get changes$(): Observable<MemoryChange> {
    return this.#changes$.asObservable();
  }

  /** Called before the slot shows the record. A first read is no change, and neither is the same version again. */
  puts(tenant: Tenant, slot: Slot, record: StoredRecord): void {
    if (slot.news.announced) slot.news = { ...slot.news, announced: false };
    else if (slot.state !== 'unknown' && !isSame(slot, record)) this.#note(tenant, slot);
  }

  /** Called before the slot shows nothing any more. */
  clears(tenant: Tenant, slot: Slot): void {
    if (slot.news.announced) slot.news = { ...slot.news, announced: false };
    else if (slot.state === 'present') this.#note(tenant, slot);
  }

  /** Called before the slot's config counts as deregistered. */
  ends(tenant: Tenant, slot: Slot): void {
    if (!slot.news.ended) this.#note(tenant, slot);
  }

  /** There is a newer value, which must be fetched. It is told of now, because nobody may fetch it before, and not once more when it is here. */
  announced(tenant: Tenant, slot: Slot): void {
    if (slot.state === 'unknown' || slot.news.announced) return;
    slot.news = { ...slot.news, announced: true };
    this.#note(tenant, slot);
  }

  close(): void {
    this.#noted.clear();
    this.#changes$.complete();
  }

  /** Costs next to nothing as long as nobody listens. */
  #note(tenant: Tenant, { address, isLive }: Slot): void {
    if (!this.#changes$.observed) return;
    if (this.#noted.size === 0) queueMicrotask(() => this.#tell());
    const step = this.#noted.get(tenant);
    if (step) step.addresses.add(address);
    else this.#noted.set(tenant, { addresses: new Set([address]), missed: !isLive });
  }

  #tell(): void {
    const steps = [...this.#noted];
    this.#noted.clear();
    for (const [tenant, { addresses, missed }] of steps)
      this.#changes$.next({ scope: scopeOf(tenant), addresses: [...addresses], missed });
  }
}

/** The slot shows that record already. What a snapshot file or `bootstrap` put there may have no version to tell it by. */
function isSame({ shown, state, value }: Slot, record: StoredRecord): boolean {
  if (state === 'present' && shown.version === 0) return isDeepStrictEqual(value, record.value);
  return shown.owner === record.owner && shown.version === record.version && shown.updatedAt === record.updatedAt;
}
