import type { MikroORM } from '@mikro-orm/core';
import { placeholders } from '../../database/dialect.ts';
import { internalFork } from '../../database/internal-fork.ts';
import type { ExpectedTrigger } from './install-triggers.ts';

/**
 * Warns where the database lacks triggers that should capture, or has others than the definitions need now: nothing else would tell that
 * changes are lost to readers. Asked in use and not at the start, because a schema may be made after it; never again once all were right.
 */
export class MissingTriggers {
  readonly #orm: MikroORM;
  readonly #expected: readonly ExpectedTrigger[];
  readonly #warn: (message: string) => void;
  #warned = false;
  #complete: boolean;

  constructor(orm: MikroORM, expected: readonly ExpectedTrigger[], warn: (message: string) => void) {
    this.#orm = orm;
    this.#expected = expected;
    this.#warn = warn;
    this.#complete = expected.length === 0;
  }

  /** Never throws: a database that does not answer is reported by whoever needs it. */
  async check(): Promise<void> {
    if (this.#complete) return;
    const found = await this.#bodies().catch(() => undefined);
    if (!found) return;
    const missing = this.#expected.filter(({ name }) => !found.has(name));
    const outdated = this.#expected.filter(({ name, body }) => found.has(name) && found.get(name) !== plain(body));
    this.#complete = missing.length === 0 && outdated.length === 0;
    if (this.#complete || this.#warned) return;
    this.#warned = true;
    if (missing.length > 0)
      this.#warn(
        `the database shows this account no trigger ${missing.map(({ name }) => name).join(', ')}: without them, changes of these tables do not reach readers. Update the schema or run the migrations, then \`backfill\`; an account without the TRIGGER privilege cannot see them.`,
      );
    const tables = [...new Set(outdated.map(({ table }) => table))];
    if (tables.length > 0)
      this.#warn(
        `the triggers of ${tables.join(', ')} are not those that the present definitions need: changes may not reach readers. Create a migration and run it, or update the schema, then \`backfill\`.`,
      );
  }

  async #bodies(): Promise<Map<string, string>> {
    const names = this.#expected.map(({ name }) => name);
    const rows: { readonly name: string; readonly body: string }[] = await internalFork(this.#orm)
      .getConnection('write')
      .execute(
        `select trigger_name as name, action_statement as body from information_schema.triggers where trigger_schema = coalesce(?, database()) and trigger_name in (${placeholders(names)})`,
        [this.#orm.config.getSchema(true) ?? null, ...names],
      );
    return new Map(rows.map(({ name, body }) => [name, plain(body)]));
  }
}

/** A body without what the schema generator puts around it. */
function plain(body: string): string {
  const [, inner = body] = /^\s*begin\s([\s\S]*)\send\s*;?\s*$/i.exec(body) ?? [];
  return inner.replaceAll(/\s+/g, ' ').trim().replace(/;$/, '');
}
