import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { isConfig, refuseOption, withoutValues } from '@tenantry/protocol/internal';
import { parseVersion } from '@tenantry/protocol/wire';
import { within } from '@tenantry/redis';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { maskSecret } from '../../configs/secret-mask.ts';
import { checkPage, decodeCursor, encodeCursor } from '../../paging/cursor.ts';
import { ConfigRevision, type ConfigRevisionRow } from '../../tables/config-tables.ts';
import type { Page, PageOptions } from '../config-store.ts';
import { diffJson, type JsonPatchOperation } from './json-diff.ts';

/** One version of a config. */
export interface ConfigVersion {
  readonly version: number;
  readonly op: 'set' | 'unset' | 'expire';
  /** As it was stored, the schema's input: an earlier schema may have accepted what the present one refuses. Undefined after an unset. Masked for a secret. */
  readonly value: unknown;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  /** `api`, `rollback of 3`, a file and its hash. */
  readonly origin: string;
  readonly at: Date;
}

/**
 * What a tenant's configs were: the database's word, so a write-back is in it once it is flushed. Survives unsets, and
 * needs no registration. `NOT_FOUND` for what never was set, `NOT_KEPT` for what is only in Redis.
 */
export interface ConfigHistory {
  /** Every version, newest first. */
  history(definition: AnyConfig, options?: PageOptions): Promise<Page<ConfigVersion>>;
  /** One version; `VERSION_NOT_FOUND` where it never was or has been trimmed. */
  revision(definition: AnyConfig, version: number): Promise<ConfigVersion>;
  /**
   * The JSON Patch (RFC 6902) that makes one version's value the other's; an unset one is no value, so the whole, at path
   * '', is added or removed. A secret's values are masked, the paths are not.
   */
  diff(definition: AnyConfig, from: number, to: number): Promise<readonly JsonPatchOperation[]>;
}

/** A history whose versions can also be had as they are stored, nothing masked. */
export interface StoredHistory extends ConfigHistory {
  stored(definition: AnyConfig, version: number): Promise<ConfigRevisionRow>;
}

/** Reads what every write has left behind. */
export function createConfigHistory({ orm }: Pick<ConfigParts, 'orm'>, tenant: string): StoredHistory {
  async function find(definition: AnyConfig, where: object, limit: number): Promise<ConfigRevisionRow[]> {
    const reading = orm.em.getDriver().find(
      ConfigRevision,
      { tenant, name: definition.configKey, ...where },
      {
        ctx: orm.em.getContext(false).getTransactionContext(),
        connectionType: 'write',
        orderBy: { version: 'desc' },
        limit,
      },
    );
    const rows = await within(definition.databaseTimeoutMs, 'Reading a history', reading).catch(error => {
      throw withoutValues(error, 'Reading a history');
    });
    return rows as ConfigRevisionRow[];
  }

  async function revisions(definition: AnyConfig, versions: readonly number[]): Promise<ConfigRevisionRow[]> {
    checkKept(definition);
    const wanted = versions.map(version => parseVersion(version));
    const found = await find(definition, { version: { $in: [...new Set(wanted)] } }, wanted.length);
    const missing = wanted.find(version => !found.some(row => Number(row.version) === version));
    if (missing !== undefined) {
      if (found.length === 0 && (await find(definition, {}, 1)).length === 0) throw neverSet(definition);
      throw new TenantryError(
        'VERSION_NOT_FOUND',
        `The history of "${definition.name}" does not have version ${missing}: it never was, or has been trimmed.`,
      );
    }
    return wanted.map(version => found.find(row => Number(row.version) === version) as ConfigRevisionRow);
  }

  return {
    async history(definition, options = {}) {
      checkKept(definition);
      const { limit } = checkPage('history', options);
      const list = ['history', tenant, definition.configKey];
      const last = decodeCursor(list, options.cursor);
      const rows = await find(definition, last === undefined ? {} : { version: { $lt: Number(last) } }, limit + 1);
      if (rows.length === 0 && last === undefined) throw neverSet(definition);
      const items = rows.slice(0, limit).map(row => toVersion(definition, row));
      const end = items.at(-1);
      return { items, cursor: rows.length > limit && end ? encodeCursor(list, String(end.version)) : undefined };
    },

    async revision(definition, version) {
      const [row] = await revisions(definition, [version]);
      return toVersion(definition, row as ConfigRevisionRow);
    },

    async diff(definition, from, to) {
      const [before, after] = await revisions(definition, [from, to]);
      const operations = diffJson(storedValue(before as ConfigRevisionRow), storedValue(after as ConfigRevisionRow));
      return operations.map(operation =>
        operation.op === 'remove' ? operation : { ...operation, value: maskSecret(definition, operation.value) },
      );
    },

    async stored(definition, version) {
      const [row] = await revisions(definition, [version]);
      return row as ConfigRevisionRow;
    },
  };
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
