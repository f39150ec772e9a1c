import { setImmediate as nextTurn } from 'node:timers/promises';
import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import type { Ticks } from '../memory/ticks.ts';
import { coolDown } from '../warmth/heat.ts';
import type { TenantClient } from './tenant-client.ts';
import type { TenantFollower } from './tenant-follower.ts';
import { type SeatHome, TenantSeat } from './tenant-seat.ts';

/** What the tenants of a client are held with. */
export interface HeldTenantsParts {
  readonly ticks: Ticks;
  readonly maxTenants: number;
  /** For so many ticks nobody read or watched a tenant: it is no longer followed. */
  readonly idleTicks: number;
  /** For so many ticks: it is let go. */
  readonly idleTenantTicks: number;
  startFollower(tenant: Tenant): TenantFollower;
  clientOf(own: TenantSeat, global: TenantSeat): TenantClient;
  /** There is something to show of this tenant before Redis is asked. */
  hasSaved(tenant: Tenant): boolean;
}

// A tenant that is in use goes to the end of the line. With all of them in use, one more tenant would else look at each of the others.
const MOST_LOOKS = 64;

/**
 * The tenants of one client. A tenant is held from its first read or watch on, and let go when it was not read for a while, or to make room
 * for another one, the one not read for longest first. It is never let go while a caller waits or watches.
 *
 * A seat without a follower is not held here, but wherever the application keeps its `TenantClient`: as long as it does, the same seat is
 * taken up again. Two seats would be two followers of one feed.
 */
export class HeldTenants {
  readonly global: TenantSeat;
  /** How many were let go so far. */
  tenantsLetGo = 0;
  readonly #parts: HeldTenantsParts;
  /** One object for all seats: functions of their own would cost each of them as much as the seat. */
  readonly #home: SeatHome;
  #isTicking = false;
  /** The line: the one not read for longest comes first, as far as is known without a look at each read. */
  readonly #held = new Map<Tenant, TenantSeat>();
  readonly #others = new Map<Tenant, WeakRef<TenantSeat>>();
  readonly #collected = new FinalizationRegistry<Tenant>(tenant => {
    // There may be another one by now.
    if (!this.#others.get(tenant)?.deref()) this.#others.delete(tenant);
  });

  constructor(parts: HeldTenantsParts) {
    this.#parts = parts;
    this.global = new TenantSeat(GLOBAL_TENANT, {
      clientOf: seat => parts.clientOf(seat, seat),
      takeUp: seat => seat.seat(parts.startFollower(GLOBAL_TENANT)),
      hasSaved: parts.hasSaved,
    });
    this.#home = {
      clientOf: seat => parts.clientOf(seat, this.global),
      takeUp: seat => this.#takeUp(seat),
      hasSaved: parts.hasSaved,
    };
    this.global.follower();
  }

  /** How many are held, the global one included. */
  get count(): number {
    return this.#held.size + 1;
  }

  *followers(): Iterable<TenantFollower> {
    yield this.global.follower();
    for (const seat of this.#held.values()) yield seat.follower();
  }

  clientOf(tenant: Tenant): TenantClient {
    return this.seatOf(tenant).client;
  }

  /** The same one for as long as its client is kept. */
  seatOf(tenant: Tenant): TenantSeat {
    if (tenant === GLOBAL_TENANT) return this.global;
    return this.#held.get(tenant) ?? this.#others.get(tenant)?.deref() ?? this.#newSeat(tenant);
  }

  /**
   * Called once a tick: counts for how long nobody used each tenant, and draws the consequence. Of many tenants it does so a few at a time, and
   * lets others have a turn between. A tick that comes meanwhile is left out.
   */
  async tick(): Promise<void> {
    if (this.#isTicking) return;
    this.#isTicking = true;
    try {
      this.#countQuiet(this.global);
      await this.#countAllQuiet();
      this.#parts.ticks.now++;
      for (let left = this.#held.size; left > 0 && this.#held.size > this.#parts.maxTenants; left -= MOST_LOOKS) {
        this.#makeRoom(0, MOST_LOOKS);
        await nextTurn();
      }
    } finally {
      this.#isTicking = false;
    }
  }

  async #countAllQuiet(): Promise<void> {
    let looks = 0;
    for (const [tenant, seat] of [...this.#held]) {
      if (this.#held.get(tenant) === seat) this.#countQuiet(seat, tenant);
      if (++looks % MOST_LOOKS > 0) continue;
      // What is read from here on was read after the look.
      this.#parts.ticks.now++;
      await nextTurn();
    }
  }

  #countQuiet(seat: TenantSeat, tenant?: Tenant): void {
    const { idleTicks, idleTenantTicks } = this.#parts;
    const follower = seat.follower();
    const quiet = follower.countQuiet();
    coolDown(follower.memory);
    if (tenant !== undefined && quiet >= idleTenantTicks && !follower.isInUse) this.#letGo(tenant, seat);
    else if (quiet >= idleTicks) follower.release();
  }

  #newSeat(tenant: Tenant): TenantSeat {
    const seat = new TenantSeat(tenant, this.#home);
    this.#leaveToOthers(seat);
    return seat;
  }

  #takeUp(seat: TenantSeat): TenantFollower {
    const { ticks, startFollower } = this.#parts;
    const { tenant } = seat;
    this.#makeRoom(1, MOST_LOOKS);
    // A listener of `status$` may have been told of the ones that went, and may have read this one.
    if (seat.isHeld) return seat.follower();
    seat.placedAt = ++ticks.now;
    this.#others.delete(tenant);
    this.#collected.unregister(seat);
    this.#held.set(tenant, seat);
    return seat.seat(startFollower(tenant));
  }

  /** From here on only the application holds it, if it does. */
  #leaveToOthers(seat: TenantSeat): void {
    this.#others.set(seat.tenant, new WeakRef(seat));
    this.#collected.register(seat, seat.tenant, seat);
  }

  /** Makes room for so many more, from the front of the line. A tenant that was read since it was put there goes to the end. */
  #makeRoom(more: number, mostLooks: number): void {
    let looks = 0;
    for (const [tenant, seat] of this.#held) {
      if (this.#held.size + more <= this.#parts.maxTenants || looks++ >= mostLooks) return;
      const { isInUse, readAt } = seat.follower();
      if (!isInUse && readAt <= seat.placedAt) {
        this.#letGo(tenant, seat);
        continue;
      }
      seat.placedAt = isInUse ? this.#parts.ticks.now : readAt;
      this.#held.delete(tenant);
      this.#held.set(tenant, seat);
    }
  }

  #letGo(tenant: Tenant, seat: TenantSeat): void {
    this.tenantsLetGo++;
    this.#held.delete(tenant);
    this.#leaveToOthers(seat);
    seat.letGo();
  }
}
