import type { EntityManager, Transaction } from '@mikro-orm/core';

interface UpsertOptions {
  readonly upsert?: boolean;
  readonly ctx?: Transaction;
}

type Driver = ReturnType<EntityManager['getDriver']>;

/** How many rows the last upsert of a transaction updated. The ORM tells nobody, so its driver is listened to. */
export class UpsertCounts {
  readonly #drivers = new WeakSet<Driver>();
  readonly #updated = new WeakMap<Transaction, number>();

  listen(driver: Driver): void {
    if (this.#drivers.has(driver)) return;
    this.#drivers.add(driver);
    const one = driver.nativeUpdate.bind(driver) as Driver['nativeUpdate'];
    const many = driver.nativeUpdateMany.bind(driver) as Driver['nativeUpdateMany'];
    driver.nativeUpdate = (async (...args: Parameters<Driver['nativeUpdate']>) => {
      const result = await one(...args);
      this.#add(args[3], 1, result.affectedRows);
      return result;
    }) as Driver['nativeUpdate'];
    driver.nativeUpdateMany = (async (...args: Parameters<Driver['nativeUpdateMany']>) => {
      const result = await many(...args);
      this.#add(args[3], args[2].length, result.affectedRows);
      return result;
    }) as Driver['nativeUpdateMany'];
  }

  take(transaction: Transaction): number {
    const updated = this.#updated.get(transaction) ?? 0;
    this.#updated.delete(transaction);
    return updated;
  }

  /** To MySQL and MariaDB a row that an upsert changed counts as two, any other as one at most. A class that spans tables has several. */
  #add(options: UpsertOptions | undefined, rows: number, affected: number): void {
    if (!options?.upsert || !options.ctx) return;
    this.#updated.set(options.ctx, Math.max(this.#updated.get(options.ctx) ?? 0, affected - rows));
  }
}
