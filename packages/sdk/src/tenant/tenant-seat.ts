import type { TenantMemory } from '../memory/tenant-memory.ts';
import type { TenantClient } from './tenant-client.ts';
import type { TenantFollower } from './tenant-follower.ts';

/** Gives a seat its follower, and holds the seat from then on. */
export type TakeUp = (seat: TenantSeat) => TenantFollower;

/**
 * The place of one tenant in a client. It is all that a `TenantClient` knows, so an application may keep that one for as long as it likes:
 * the tenant is let go behind it, and taken up again by the next read or watch.
 */
export class TenantSeat {
  readonly client: TenantClient;
  /** Undefined: nobody has read or watched the tenant yet, or it was let go. A field, because `peek` looks at it. */
  memory: TenantMemory | undefined = undefined;
  /** The client's tick at which the seat was last put in line. */
  placedAt = 0;
  readonly #takeUp: TakeUp;
  readonly #hasSaved: () => boolean;
  #follower: TenantFollower | undefined;

  constructor(clientOf: (seat: TenantSeat) => TenantClient, takeUp: TakeUp, hasSaved: () => boolean = () => false) {
    this.#takeUp = takeUp;
    this.#hasSaved = hasSaved;
    this.client = clientOf(this);
  }

  /** It has a follower. */
  get isHeld(): boolean {
    return this.#follower !== undefined;
  }

  /** Its follower, made where there is none. The caller pins a slot at once: from then on the tenant is not let go. */
  follower(): TenantFollower {
    return this.#follower ?? this.#takeUp(this);
  }

  /** The memory, made where a snapshot file or `bootstrap` has something to put there. */
  restored(): TenantMemory | undefined {
    return this.#hasSaved() ? this.follower().memory : undefined;
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
