import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import {
  diffJson,
  isConfig,
  type JsonPatchOperation,
  maskSecret,
  refuseOption,
  TRY_AGAIN,
  withoutValues,
} from '@tenantry/protocol/internal';
import { parseVersion } from '@tenantry/protocol/wire';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { findOwn } from '../../database/own-queries.ts';
import { withinQuery } from '../../database/within-query.ts';
import { decodeCursor, encodeCursor } from '../../paging/cursor.ts';
import { checkPage, type Page, type PageOptions } from '../../paging/page.ts';
import { ConfigRevision, type ConfigRevisionRow } from '../../tables/config-tables.ts';

/** One version of a config. */
export interface ConfigVersion {
  readonly version: number;
  /** `expire`: the value ended by its `expiresAt`. */
  readonly op: 'set' | 'unset' | 'expire';
  /**
   * As it was stored, which is the schema's input: an earlier schema may have accepted a value that the present one
   * refuses. Undefined after an unset or an end. Masked for a secret.
   */
  readonly value: unknown;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  /** Where the value came from: `api`, `rollback of 3`, `expiresAt`, or the `origin` of the write. */
  readonly origin: string;
  readonly at: Date;
}

/**
 * The versions of a tenant's configs, as the database has them: a write-back is among them once it is flushed. A history
 * outlives unsets and deregistration, and is read from the primary, within the config's `databaseTimeout` (default 2 s).
 *
 * Every method rejects with `INVALID_OPTION` for anything that `defineConfig` did not make, `NOT_KEPT` for a config with
 * `persistence: 'none'`, `NOT_FOUND` for a config that never was set, `TIMEOUT` or `UNAVAILABLE`.
 */
export interface ConfigHistory {
  /** The versions, newest first, page by page. `INVALID_OPTION` for a bad `limit`, `INVALID_CURSOR` for another list's cursor. */
  history(definition: AnyConfig, options?: PageOptions): Promise<Page<ConfigVersion>>;
  /** One version. `VERSION_NOT_FOUND` if it never was or has been trimmed, `INVALID_VERSION` for what is no version. */
  revision(definition: AnyConfig, version: number): Promise<ConfigVersion>;
  /**
   * The JSON Patch (RFC 6902) that turns the value of one version into that of another. An unset version has no value: then
   * the whole value, at path '', is added or removed. A secret's values are masked, the paths are not. Errors as `revision`.
   */
  diff(definition: AnyConfig, from: number, to: number): Promise<readonly JsonPatchOperation[]>;
}

/** The history of one tenant's configs. `stored` gives a version as it is stored, with nothing masked. */
export class StoredHistory implements ConfigHistory {
  readonly #orm: ConfigParts['orm'];
  readonly #tenant: string;

  constructor({ orm }: Pick<ConfigParts, 'orm'>, tenant: string) {
    this.#orm = orm;
    this.#tenant = tenant;
  }

  async history(definition: AnyConfig, options: PageOptions = {}): Promise<Page<ConfigVersion>> {
    checkKept(definition);
    const { limit } = checkPage('history', options);
    const list = ['history', this.#tenant, definition.configKey];
    const last = decodeCursor(list, options.cursor);
    const where = last === undefined ? {} : { version: { $lt: Number(last) } };
    const rows = await this.#find(definition, where, limit + 1);
    if (rows.length === 0 && last === undefined) throw neverSet(definition);
    const items = rows.slice(0, limit).map(row => toVersion(definition, row));
    const end = items.at(-1);
    return { items, cursor: rows.length > limit && end ? encodeCursor(list, String(end.version)) : undefined };
  }

  async revision(definition: AnyConfig, version: number): Promise<ConfigVersion> {
    return toVersion(definition, await this.stored(definition, version));
  }

  async diff(definition: AnyConfig, from: number, to: number): Promise<readonly JsonPatchOperation[]> {
    const [before, after] = await this.#revisions(definition, [from, to]);
    const operations = diffJson(storedValue(before as ConfigRevisionRow), storedValue(after as ConfigRevisionRow));
    return operations.map(operation =>
      operation.op === 'remove' ? operation : { ...operation, value: maskSecret(definition, operation.value) },
    );
  }

  async stored(definition: AnyConfig, version: number): Promise<ConfigRevisionRow> {
    const [row] = await this.#revisions(definition, [version]);
    return row as ConfigRevisionRow;
  }

  async #revisions(definition: AnyConfig, versions: readonly number[]): Promise<ConfigRevisionRow[]> {
    checkKept(definition);
    const wanted = versions.map(version => parseVersion(version));
    const found = await this.#find(definition, { version: { $in: [...new Set(wanted)] } }, wanted.length);
    const missing = wanted.find(version => !found.some(row => Number(row.version) === version));
    if (missing !== undefined) {
      if (found.length === 0 && (await this.#find(definition, {}, 1)).length === 0) throw neverSet(definition);
      throw new TenantryError(
        'VERSION_NOT_FOUND',
        `The history of "${definition.name}" does not have version ${missing}: it never was, or has been trimmed.`,
      );
    }
    return wanted.map(version => found.find(row => Number(row.version) === version) as ConfigRevisionRow);
  }

  async #find(definition: AnyConfig, where: object, limit: number): Promise<ConfigRevisionRow[]> {
    const wanted = { tenant: this.#tenant, name: definition.configKey, ...where };
    return withinQuery(definition.databaseTimeoutMs, 'Reading a history', signal =>
      findOwn(this.#orm.em, ConfigRevision, wanted, { orderBy: { version: 'desc' }, limit, signal }),
    ).catch(error => {
      throw withoutValues(error, 'Reading a history', TRY_AGAIN);
    });
  }
}

function toVersion(definition: AnyConfig, row: ConfigRevisionRow): ConfigVersion {
  const { version, op, actor, reason, origin, createdAt } = row;
  return {
    version: Number(version),
    op,
    value: maskSecret(definition, storedValue(row)),
    actor: actor ?? undefined,
    reason: reason ?? undefined,
    origin,
    at: new Date(Number(createdAt)),
  };
}

function storedValue({ value }: ConfigRevisionRow): unknown {
  return value === null ? undefined : JSON.parse(value);
}

function checkKept(definition: AnyConfig): void {
  if (!definition || !isConfig(definition)) refuseOption('The config', 'made by `defineConfig`', definition);
  if (definition.persistence === 'none')
    throw new TenantryError(
      'NOT_KEPT',
      `"${definition.name}" has \`persistence: 'none'\`: it is only in Redis and has no history.`,
    );
}

function neverSet({ name, writePolicy }: AnyConfig): TenantryError {
  const pending = writePolicy === 'write-back' ? ', or not in the database yet' : '';
  return new TenantryError('NOT_FOUND', `"${name}" never was set${pending}: it has no history.`);
}
