import type { MikroORM } from '@mikro-orm/core';
import { placeholders } from '../../database/dialect.ts';
import { internalFork } from '../../database/internal-fork.ts';

/**
 * Warns where the database lacks triggers that should capture: nothing else would tell that changes are lost to readers. Asked
 * in use and not at the start, because a schema may be made after it; never again once all were there.
 */
export class MissingTriggers {
  readonly #orm: MikroORM;
  readonly #names: readonly string[];
  readonly #warn: (message: string) => void;
  #warned = false;
  #complete: boolean;

  constructor(orm: MikroORM, names: readonly string[], warn: (message: string) => void) {
    this.#orm = orm;
    this.#names = names;
    this.#warn = warn;
    this.#complete = names.length === 0;
  }

  /** Never throws: a database that does not answer is reported by whoever needs it. */
  async check(): Promise<void> {
    if (this.#complete) return;
    const missing = await this.#missing().catch(() => undefined);
    if (!missing) return;
    this.#complete = missing.length === 0;
    if (this.#complete || this.#warned) return;
    this.#warned = true;
    this.#warn(
      `the database shows this account no trigger ${missing.join(', ')}: without them, changes of these tables do not reach readers. Update the schema or run the migrations, then \`backfill\`; an account without the TRIGGER privilege cannot see them.`,
    );
  }

  async #missing(): Promise<string[]> {
    const rows: { readonly name: string }[] = await internalFork(this.#orm)
      .getConnection('write')
      .execute(
        `select trigger_name as name from information_schema.triggers where trigger_schema = coalesce(?, database()) and trigger_name in (${placeholders(this.#names)})`,
        [this.#orm.config.getSchema(true) ?? null, ...this.#names],
      );
    const found = new Set(rows.map(({ name }) => name));
    return this.#names.filter(name => !found.has(name));
  }
}
