import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import {
  DurableWrites,
  evictionProblemOf,
  type RedisClient,
  type Requirement,
  WriteConnection,
  whenReadyBeside,
} from '@tenantry/redis';
import type { Installation } from '../outbox/installation.ts';
import type { Deadline } from './deadline.ts';

/** Redis, for writes that it must keep once it has acknowledged them: as safely as each config's `durability` asks. */
export class DurableRedis {
  readonly #redis: RedisClient;
  readonly #installation: Installation;
  readonly #durable: DurableWrites;
  readonly #connection: WriteConnection;
  /** Checks that hold for as long as the connection does: after it, another server may answer. */
  readonly #checks = new Map<string, Promise<void>>();
  /** The requirement that was checked last. Nearly every write asks for the same one. */
  #checked: Requirement | undefined;
  /** How often the checks were forgotten: another server may have answered a check that began before that. */
  #rounds = 0;

  constructor(redis: RedisClient, installation: Installation) {
    this.#redis = redis;
    this.#installation = installation;
    this.#connection = new WriteConnection(redis);
    this.#durable = new DurableWrites(redis);
    for (const event of ['close', '+node', '-node']) redis.on(event, () => this.#forgetChecks());
  }

  /** True if `check` would find again what it found last. */
  isChecked(definitions: readonly AnyConfig[]): boolean {
    if (!this.#installation.isOurs || !this.#checked) return false;
    const { fsync, replicas } = strongest(definitions);
    return fsync === this.#checked.fsync && replicas === this.#checked.replicas;
  }

  /** `INVALID_OPTION` if this Redis may evict, or cannot give these configs the durability that they ask for. */
  async check(definitions: readonly AnyConfig[]): Promise<void> {
    if (!this.#installation.isOurs) await this.#installation.ready();
    if (definitions.every(({ writePolicy }) => writePolicy !== 'write-back')) return;
    const requirement = strongest(definitions);
    const round = this.#rounds;
    const checks = [this.#once('eviction', () => refuseEviction(this.#redis))];
    if (isDurable(requirement))
      checks.push(this.#once(JSON.stringify(requirement), () => this.#durable.check(requirement)));
    await Promise.all(checks);
    if (round === this.#rounds) this.#checked = requirement;
  }

  /** Writes on a connection of its own. `NOT_DURABLE` if Redis has the write and did not confirm it in time. */
  write<T extends { readonly kind: string }>(
    deadline: Deadline,
    definitions: readonly AnyConfig[],
    work: (connection: RedisClient) => Promise<T>,
  ): Promise<T> {
    const requirement = strongest(definitions);
    if (isDurable(requirement)) return this.#writeDurably(requirement, deadline, work);
    const connection = this.#connection.open();
    const writing = 'Writing to Redis';
    // Nearly always, and one promise less for each write.
    if (connection.status === 'ready') return deadline.wait(writing, work(connection));
    return deadline
      .wait(writing, whenReadyBeside(this.#redis, connection))
      .then(() => deadline.wait(writing, work(connection)));
  }

  /** Closes the connections of its own, and leaves the application's open. */
  close(): void {
    this.#connection.close();
    this.#durable.close();
    this.#forgetChecks();
  }

  async #writeDurably<T extends { readonly kind: string }>(
    requirement: Requirement,
    deadline: Deadline,
    work: (connection: RedisClient) => Promise<T>,
  ): Promise<T> {
    const { written, confirmed } = this.#durable.write(requirement, Math.ceil(deadline.leftMs()), work);
    const answer = await deadline.wait('Writing to Redis', written);
    if (answer.kind === 'written' && !(await deadline.wait('', confirmed).catch(() => false))) throw notDurable();
    return answer;
  }

  #once(name: string, check: () => Promise<void>): Promise<void> {
    const earlier = this.#checks.get(name);
    if (earlier) return earlier;
    const checking = check();
    this.#checks.set(name, checking);
    // A check that refused or failed runs again next time.
    checking.catch(() => this.#checks.delete(name));
    return checking;
  }

  #forgetChecks(): void {
    this.#rounds++;
    this.#checked = undefined;
    this.#checks.clear();
  }
}

async function refuseEviction(redis: RedisClient): Promise<void> {
  const found = await evictionProblemOf(redis);
  if (!found) return;
  throw new TenantryError(
    'INVALID_OPTION',
    `${found.message} A write-back that is evicted would be lost: nothing was written.`,
  );
}

function strongest(definitions: readonly AnyConfig[]): Requirement {
  let [fsync, replicas] = [false, 0];
  for (const { durability } of definitions) {
    if (durability === 'fsync') fsync = true;
    else if (typeof durability === 'object') replicas = Math.max(replicas, durability.replicas);
  }
  return { fsync, replicas };
}

function isDurable({ fsync, replicas }: Requirement): boolean {
  return fsync || replicas > 0;
}

function notDurable(): TenantryError {
  return new TenantryError(
    'NOT_DURABLE',
    'Redis has the write, but did not confirm in time that it is as safe as its `durability` asks: it is visible and will be flushed, and only a loss of this Redis before then would lose it.',
  );
}
