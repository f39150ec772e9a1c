import { randomBytes } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { type RedisClient, type RedisClock, type Replica, whenReady } from '@tenantry/redis';
import { internalFork } from '../database/internal-fork.ts';
import { findOwn, updateOwn, upsertOwn } from '../database/own-queries.ts';
import { ReplicaState } from '../tables/replica-state.ts';

/** What telling installations apart works with. */
export interface InstallationParts {
  readonly orm: MikroORM;
  readonly redis: RedisClient;
  readonly replica: Pick<Replica, 'names'>;
  /** Is told the time with each look. */
  readonly clock?: Pick<RedisClock, 'measure'>;
  /** Told once, when another database is found under the prefix. */
  warn(message: string): void;
  /** Between two looks, in ms. Default 10,000. */
  readonly lookAgainMs?: number;
}

// A Redis that lost its data may be taken by another installation meanwhile.
const LOOK_AGAIN_MS = 10_000;
const REFUSED_MS = 1_000;

/**
 * The names below one prefix of a Redis belong to one database: versions are ids of its outbox, and an audit takes what it does not know
 * for orphaned. So the database has an identity under that prefix, and Redis says whose names they are. Who comes first has them.
 */
export class Installation {
  readonly #parts: InstallationParts;
  #id: string | undefined;
  #conflict: TenantryError | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | undefined;

  constructor(parts: InstallationParts) {
    this.#parts = parts;
  }

  /** The names were this database's a moment ago: nothing has to be asked before a write. */
  get isOurs(): boolean {
    return this.#wasOurs && !this.#isDue && this.#parts.redis.status === 'ready';
  }

  /**
   * Resolves once Redis can be used and its names are this database's. Rejects with `UNAVAILABLE`, or with `INSTALLATION_CONFLICT`
   * where they are another one's: nothing may be written then. Where they were this database's a while ago, it does not wait.
   */
  async ready(): Promise<void> {
    await this.redisReady();
    await this.check();
  }

  /** Resolves once Redis can be used; `UNAVAILABLE`. */
  redisReady(): Promise<void> {
    return whenReady(this.#parts.redis);
  }

  /** The identity of this database, known from then on. Asks the database, and not Redis; fails as the driver does. */
  async identify(): Promise<string> {
    this.#id ??= await this.#ownId();
    return this.#id;
  }

  /** The same without looking whether Redis can be used: fails as ioredis and the driver do. */
  async check(): Promise<void> {
    if (this.#isDue) {
      this.#checking ??= this.#look().finally(() => {
        this.#checking = undefined;
      });
      // What was fine stays so while nobody knows better.
      if (this.#wasOurs) this.#checking.catch(() => undefined);
      else await this.#checking;
    }
    if (this.#conflict) throw this.#conflict;
  }

  async #look(): Promise<void> {
    const { redis, replica, clock, warn } = this.#parts;
    const { installation } = replica.names;
    const id = await this.identify();
    // The time is known before anything is written that ends at some time.
    await Promise.all([clock?.measure(redis), redis.set(installation, id, 'NX')]);
    const present = await redis.get(installation);
    this.#checkedAt = performance.now();
    const before = this.#conflict;
    this.#conflict = present === id || present === null ? undefined : conflict(replica.names);
    if (this.#conflict && !before) warn(this.#conflict.message);
  }

  /** Drawn once for a database, by whichever process comes first. */
  async #ownId(): Promise<string> {
    const { orm, replica } = this.#parts;
    const { prefix } = replica.names;
    const em = internalFork(orm);
    const read = async () => (await findOwn(em, ReplicaState, { prefix }))[0]?.installation;
    const known = await read();
    if (known) return known;
    const drawn = randomBytes(12).toString('base64url');
    await upsertOwn(em, ReplicaState, { prefix, confirmed: 0, announced: 0, installation: drawn }, 'prefix', [
      'prefix',
    ]);
    // A row of before the column has none.
    await updateOwn(em, ReplicaState, { prefix, installation: null }, { installation: drawn });
    return (await read()) ?? drawn;
  }

  get #isDue(): boolean {
    const { lookAgainMs = LOOK_AGAIN_MS } = this.#parts;
    return performance.now() - this.#checkedAt >= (this.#conflict ? REFUSED_MS : lookAgainMs);
  }

  get #wasOurs(): boolean {
    return this.#conflict === undefined && this.#checkedAt !== Number.NEGATIVE_INFINITY;
  }
}

function conflict({ prefix, installation }: Replica['names']): TenantryError {
  return new TenantryError(
    'INSTALLATION_CONFLICT',
    `Another database is replicated to this Redis under the prefix "${prefix}": nothing is written there. Give each database a \`prefix\` of ` +
      'its own, the same for its writers, workers and readers, or a Redis of its own. If this database has taken the place of the other one, ' +
      `delete the key "${installation}".`,
  );
}
