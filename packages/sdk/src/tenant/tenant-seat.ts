import type { AnyConfig, Tenant } from '@tenantry/protocol';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import type { TenantClient } from './tenant-client.ts';
import type { TenantFollower } from './tenant-follower.ts';

/** Whoever has the seats of a client. */
export interface SeatHome {
  clientOf(seat: TenantSeat): TenantClient;
  /** Gives a seat its follower, and holds the seat from then on. */
  takeUp(seat: TenantSeat): TenantFollower;
  /** There is something to show of this tenant before Redis is asked. */
  hasSaved(tenant: Tenant): boolean;
}

/**
 * The place of one tenant in a client. It is all that a `TenantClient` knows, so an application may keep that one for as long as it likes:
 * the tenant is let go behind it, and taken up again by the next read or watch.
 */
export class TenantSeat {
  readonly tenant: Tenant;
  readonly client: TenantClient;
  /** Undefined: nobody has read or watched the tenant yet, or it was let go. A field, because `peek` looks at it. */
  memory: TenantMemory | undefined = undefined;
  /** The client's tick at which the seat was last put in line. */
  placedAt = 0;
  readonly #home: SeatHome;
  #follower: TenantFollower | undefined;

  constructor(tenant: Tenant, home: SeatHome) {
    this.tenant = tenant;
    this.#home = home;
    this.client = home.clientOf(this);
  }

  /** It has a follower. */
  get isHeld(): boolean {
    return this.#follower !== undefined;
  }

  /** Its follower, made where there is none. The caller pins a slot at once: from then on the tenant is not let go. */
  follower(): TenantFollower {
    return this.#follower ?? this.#home.takeUp(this);
  }

  /** The memory, made where a snapshot file or `bootstrap` has something to put there. */
  restored(): TenantMemory | undefined {
    return this.#home.hasSaved(this.tenant) ? this.follower().memory : undefined;
  }

  /** What memory has at this address, or a snapshot file or `bootstrap` puts there. */
  slotAt(address: string, config: AnyConfig | undefined): Slot | undefined {
    const memory = this.memory ?? this.restored();
    return memory?.slots.get(address) ?? memory?.shelf?.restore(address, config);
  }

  /** The follower and the memory that the seat has from now on. */
  seat(follower: TenantFollower): TenantFollower {
    this.#follower = follower;
    this.memory = follower.memory;
    return follower;
  }

  /** Forgets the tenant. The follower goes first: its end is told in `status$`, and a listener may read the tenant at once. */
  letGo(): void {
    const follower = this.#follower;
    this.#follower = undefined;
    this.memory = undefined;
    follower?.letGo();
  }
}
