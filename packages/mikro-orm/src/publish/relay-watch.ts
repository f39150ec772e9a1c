import { AsyncLocalStorage } from 'node:async_hooks';
import type { MikroORM } from '@mikro-orm/core';
import type { RedisClient } from '@tenantry/redis';
import { isConnected } from '../database/connection-state.ts';
import { placeholders } from '../database/dialect.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';

/** What watching works with. */
export interface RelayWatchParts {
  readonly orm: MikroORM;
  readonly redis: RedisClient;
  /** What the rows of the definitions that this process knows have in the column `source`. */
  sources(): readonly string[];
  warn(message: string): void;
  /** Between two looks, in ms. Default 30,000. */
  readonly everyMs?: number;
  /** Between two warnings, in ms. Default 600,000. */
  readonly quietMs?: number;
}

const EVERY_MS = 30_000;
const QUIET_MS = 600_000;

/**
 * Warns where no relay is at work: what was left to it stays as it was for readers, and nothing else would tell. Asked seldom, and only
 * once something was left to a relay. Without a wall clock: a row that waits at a look and waited at the look before is that old.
 */
export class RelayWatch {
  readonly #parts: RelayWatchParts;
  #timer: NodeJS.Timeout | undefined;
  /** The highest id at the last look. */
  #seen: number | undefined;
  #saidAt = Number.NEGATIVE_INFINITY;
  /** Not in the context of whichever request came first: one look after the other would hold it. */
  readonly #outside = AsyncLocalStorage.snapshot();

  constructor(parts: RelayWatchParts) {
    this.#parts = parts;
  }

  get isLooking(): boolean {
    return this.#timer !== undefined;
  }

  /** Something was left to the relay. Costs nothing: it only sees to it that there is a look later. */
  leftToRelay(): void {
    if (this.#timer) return;
    // Set there as well: a timer holds the context in which it is set.
    this.#timer = this.#outside(() => setTimeout(() => this.#look(), this.#parts.everyMs ?? EVERY_MS));
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { orm, redis } = this.#parts;
    // Without Redis no relay gets on, and that is said where it is missed.
    const waits = !isConnected(orm) ? false : redis.status !== 'ready' || (await this.#waits().catch(() => true));
    this.#timer = undefined;
    if (waits) this.leftToRelay();
    else this.#seen = undefined;
  }

  /** Whether anything waits; warns where it has waited since the look before. */
  async #waits(): Promise<boolean> {
    const { orm, sources, warn, everyMs = EVERY_MS, quietMs = QUIET_MS } = this.#parts;
    const names = sources();
    if (names.length === 0) return false;
    const outbox = ownTable(orm, 'outbox');
    const [row] = await selectOwn<{ id: number | string | null }>(orm.em, `select max(id) as id from ${outbox}`);
    const highest = Number(row?.id ?? 0);
    // Those that failed by themselves are tried again by a relay, and wait on purpose.
    const waiting = `select id from ${outbox} where id <= ? and available_at is not null and attempts = 0 and source in (${placeholders(names)}) order by id limit 1`;
    const [old] = this.#seen ? await selectOwn(orm.em, waiting, [this.#seen, ...names]) : [];
    this.#seen = highest;
    const now = performance.now();
    if (old && now - this.#saidAt >= quietMs) {
      this.#saidAt = now;
      warn(
        `changes have waited in the outbox for ${everyMs / 1_000} s or longer, and no relay has published them: readers still have what was there before. Run a worker (\`tenantry-worker\`), or call \`replication(orm).relay()\` on a timer.`,
      );
    }
    if (old) return true;
    const [any] = await selectOwn(orm.em, waiting, [highest, ...names]);
    return any !== undefined;
  }
}
