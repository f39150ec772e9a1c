import type { Tenant } from '@tenantry/protocol';
import { parseVersion, type RedisNames } from '@tenantry/protocol/wire';
import type { RedisClient } from '../connection/redis-client.ts';
import { newEpoch, newTag, pushCommandOf } from '../scripts/feed-arguments.ts';
import { COMPLETE_FILL, GIVE_UP_LEASE, KEEP_LEASE } from '../scripts/leases.lua.ts';
import { MARK_FILLED } from '../scripts/mark-filled.lua.ts';
import { createScriptRunner } from '../scripts/run-script.ts';
import { fillStateOf, isFilledState } from './fill-state.ts';
import { scanPublished } from './scan-tenants.ts';

/** How long after its last word a fill counts as given up. */
const LEASE_MS = 30_000;

/** What a `Fills` works with. */
export interface FillParts {
  readonly redis: RedisClient;
  readonly names: RedisNames;
  readonly feedLength: number;
}

/** Fills and repairs of one Redis, as `Replica` describes them: who is at it, and which tenants are complete. */
export class Fills {
  readonly #redis: RedisClient;
  readonly #names: RedisNames;
  readonly #feedLength: number;
  readonly #markFilled = createScriptRunner(MARK_FILLED);
  readonly #keepLease = createScriptRunner(KEEP_LEASE);
  readonly #completeFill = createScriptRunner(COMPLETE_FILL);
  readonly #giveUpLease = createScriptRunner(GIVE_UP_LEASE);
  /** The token of the last fill of this process that is over. */
  #ended = '';

  constructor({ redis, names, feedLength }: FillParts) {
    this.#redis = redis;
    this.#names = names;
    this.#feedLength = feedLength;
  }

  async isFilled(): Promise<boolean> {
    return isFilledState(await this.#readState());
  }

  async begin(force = false): Promise<string | undefined> {
    const token = newEpoch();
    const { fillState } = this.#names;
    // A Redis that went back may say that the last fill is still under way.
    if (this.#ended !== '') await this.#giveUpLease(this.#redis, [fillState], [this.#ended]);
    // It may have begun all the same: the next one of this process does not wait for that.
    const unheard = (error: unknown) => {
      this.#ended = token;
      throw error;
    };
    const begun = force
      ? await this.#redis.set(fillState, token, 'PX', LEASE_MS).catch(unheard)
      : await this.#redis.set(fillState, token, 'PX', LEASE_MS, 'NX').catch(unheard);
    return begun === null ? undefined : token;
  }

  async keep(token: string): Promise<boolean> {
    return (await this.#keepLease(this.#redis, [this.#names.fillState], [token, LEASE_MS])) === 1;
  }

  async giveUp(token: string): Promise<void> {
    this.#ended = token;
    await this.#giveUpLease(this.#redis, [this.#names.fillState], [token]);
  }

  completeTenants(token: string, tenants: readonly Tenant[], fillId: number): Promise<boolean> {
    return this.#complete(tenants, { fillId, isRepair: false }, () => this.keep(token));
  }

  async complete(token: string, fillId: number): Promise<boolean> {
    for await (const some of scanPublished(this.#redis, this.#names))
      if (!(await this.completeTenants(token, some, fillId))) return false;
    this.#ended = token;
    return this.#moveState(token, fillStateOf(token));
  }

  async completeRepair(fillId: number, shouldContinue: () => Promise<boolean> = async () => true): Promise<boolean> {
    const state = await this.#readState();
    if (!isFilledState(state)) return false;
    const isKept = async () => (await shouldContinue()) && (await this.#readState()) === state;
    for await (const some of scanPublished(this.#redis, this.#names))
      if (!(await this.#complete(some, { fillId, isRepair: true }, isKept))) return false;
    return this.#moveState(state, fillStateOf(newEpoch()));
  }

  // A tenant that Redis lost and that began anew holds next to nothing: it must not be called filled.
  //   filler: the fill state is the token
  //   Redis:                               FLUSHALL
  //   writer:                                         apply, a new epoch
  //   filler:                                                              mark filled   → only the epoch read before
  async #complete(
    tenants: readonly Tenant[],
    { fillId, isRepair }: { readonly fillId: number; readonly isRepair: boolean },
    isKept: () => Promise<boolean>,
  ): Promise<boolean> {
    const redis = this.#redis;
    const epochs = await Promise.all(tenants.map(tenant => redis.hget(this.#names.of(tenant).epoch, 'id')));
    if (!(await isKept())) return false;
    const push = pushCommandOf(redis);
    await Promise.all(
      tenants.map((tenant, i) => {
        const { feed, epoch } = this.#names.of(tenant);
        const filled = [epochs[i] ?? '', parseVersion(fillId), isRepair ? 1 : 0];
        return this.#markFilled(redis, [feed, epoch], [push, this.#feedLength, newEpoch(), newTag(), ...filled]);
      }),
    );
    return true;
  }

  #readState(): Promise<string | null> {
    return this.#redis.get(this.#names.fillState);
  }

  async #moveState(from: string, to: string): Promise<boolean> {
    return (await this.#completeFill(this.#redis, [this.#names.fillState], [from, to])) === 1;
  }
}
