import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import {
  DurableWrites,
  endConnection,
  evictionProblemOf,
  openWriteConnection,
  type RedisClient,
  type Requirement,
  whenReady,
} from '@tenantry/redis';
import type { RedisBudget } from './deadline.ts';

/** A Redis that keeps what it acknowledges, as far as it was asked to. */
export interface SafeRedis {
  ready(): Promise<void>;
  /** True where `check` would find what it found before. */
  isChecked(definitions: readonly AnyConfig[]): boolean;
  /** `INVALID_OPTION` where this Redis may evict, or cannot give these configs the durability they ask for. */
  check(definitions: readonly AnyConfig[]): Promise<void>;
  /** `NOT_DURABLE` where it was written and not confirmed in time. */
  write<T extends { readonly kind: string }>(
    budget: RedisBudget,
    definitions: readonly AnyConfig[],
    work: (connection: RedisClient) => Promise<T>,
  ): Promise<T>;
  close(): void;
}

export function createSafeRedis(redis: RedisClient): SafeRedis {
  const durable = new DurableWrites(redis);
  let connection: RedisClient | undefined;
  /** What is known to hold for as long as the connection does: another server may answer after it. */
  const checked = new Map<string, Promise<void>>();
  /** Nearly every write asks for what the last one asked for. */
  let known: Requirement | undefined;
  /** How often it was forgotten: what a check began to ask may have been answered by another server. */
  let rounds = 0;
  const forget = () => {
    rounds++;
    known = undefined;
    checked.clear();
  };
  for (const event of ['close', '+node', '-node']) redis.on(event, forget);

  function once(what: string, check: () => Promise<void>): Promise<void> {
    const earlier = checked.get(what);
    if (earlier) return earlier;
    const checking = check();
    checked.set(what, checking);
    // Refused or failed: looked at again next time.
    checking.catch(() => checked.delete(what));
    return checking;
  }

  async function writeOnceReady<T>(to: RedisClient, budget: RedisBudget, work: (to: RedisClient) => Promise<T>) {
    await budget.wait('Writing to Redis', whenReady(to));
    return budget.wait('Writing to Redis', work(to));
  }

  async function writeDurably<T extends { readonly kind: string }>(
    requirement: Requirement,
    budget: RedisBudget,
    work: (connection: RedisClient) => Promise<T>,
  ): Promise<T> {
    const { written, confirmed } = durable.write(requirement, Math.ceil(budget.leftMs()), work);
    const answer = await budget.wait('Writing to Redis', written);
    if (answer.kind === 'written' && !(await budget.wait('', confirmed).catch(() => false))) throw notDurable();
    return answer;
  }

  return {
    ready: () => whenReady(redis),

    isChecked(definitions) {
      if (redis.status !== 'ready' || !known) return false;
      const { fsync, replicas } = strongest(definitions);
      return fsync === known.fsync && replicas === known.replicas;
    },

    async check(definitions) {
      if (redis.status !== 'ready') await whenReady(redis);
      if (definitions.every(({ writePolicy }) => writePolicy !== 'write-back')) return;
      const requirement = strongest(definitions);
      const round = rounds;
      const checks = [once('eviction', () => refuseEviction(redis))];
      if (isDurable(requirement)) checks.push(once(JSON.stringify(requirement), () => durable.check(requirement)));
      await Promise.all(checks);
      if (round === rounds) known = requirement;
    },

    write(budget, definitions, work) {
      const requirement = strongest(definitions);
      if (isDurable(requirement)) return writeDurably(requirement, budget, work);
      connection ??= openWriteConnection(redis);
      if (connection.status !== 'ready') return writeOnceReady(connection, budget, work);
      return budget.wait('Writing to Redis', work(connection));
    },

    close() {
      if (connection) endConnection(connection);
      durable.close();
      forget();
    },
  };
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

const isDurable = ({ fsync, replicas }: Requirement) => fsync || replicas > 0;

function notDurable(): TenantryError {
  return new TenantryError(
    'NOT_DURABLE',
    'Redis has the write, but did not confirm in time that it is as safe as its `durability` asks: it is visible and will be flushed, and only a loss of this Redis before then would lose it.',
  );
}
