import type { AnyConfig } from '@tenantry/protocol';
import {
  GRANTS_NAME,
  GROUPS_NAME,
  maskSecret,
  refuseOption,
  TRY_AGAIN,
  withoutValues,
} from '@tenantry/protocol/internal';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { findOwn } from '../../database/own-queries.ts';
import { withinQuery } from '../../database/within-query.ts';
import { decodeCursor, encodeCursor } from '../../paging/cursor.ts';
import { checkPage, type Page, type PageOptions } from '../../paging/page.ts';
import { afterPrefix } from '../../paging/prefix-range.ts';
import { Config } from '../../tables/config-tables.ts';
import type { RedisReader } from '../../write-back/redis-reader.ts';

/** Options of `list`: which configs the list has, and what of each. */
export interface ListOptions extends PageOptions {
  /**
   * Only names that begin with this, in whole parts: `app/db` finds `app/db` and `app/db/host`, not `app/dbx`. With a `*`
   * at its end, in characters: `app/db*` finds all three. At most 120 characters. Default: all names.
   */
  readonly prefix?: string | undefined;
  /** Only configs that are registered with this group. Default: all, registered or not. */
  readonly group?: string | undefined;
  /** With the stored values; those of secrets, and of configs that are not registered, are masked. Default false. */
  readonly values?: boolean | undefined;
}

/** A config that is set. */
export interface ListedConfig {
  /** The name of its rows: the definition's `configKey`. */
  readonly name: string;
  /** The name of the registered config that the rows belong to; undefined if none is registered here. */
  readonly config: string | undefined;
  readonly groups: readonly string[];
  readonly version: number;
  readonly updatedAt: Date;
  readonly updatedBy: string | undefined;
  readonly expiresAt: Date | undefined;
  /** The length of its JSON text, in bytes. */
  readonly size: number;
  /** True: an acknowledged write-back that the database does not have yet. */
  readonly dirty: boolean;
  /** As it is stored, which is the schema's input. Only with `values`. */
  readonly value?: unknown;
}

const DATABASE_MS = 2_000;
const NAME = 120;

/** The configs that one page may have. */
interface Wanted extends Pick<ListOptions, 'prefix' | 'group'> {
  readonly tenant: string;
  /** The last name of the page before. */
  readonly after: string | undefined;
  /** The registered configs by their `configKey`. */
  readonly registered: ReadonlyMap<string, AnyConfig>;
}

/** A config as the database or Redis has it. */
interface FoundConfig {
  readonly name: string;
  /** Undefined: not set, or read without its value. */
  readonly json: string | undefined;
  readonly size: number;
  readonly version: number;
  readonly updatedAt: number;
  readonly updatedBy: string | null;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  readonly dirty: boolean;
}

/**
 * A tenant's set configs by name, in the order of bytes; a config that only Redis has stands at its place among them. Each
 * page is read at its own moment: a config that is set or unset between two pages may be missed, none is given twice.
 */
export async function listConfigs(
  parts: Pick<ConfigParts, 'orm' | 'registry' | 'clock'>,
  reader: Pick<RedisReader, 'present'>,
  tenant: string,
  options: ListOptions = {},
): Promise<Page<ListedConfig>> {
  const { limit } = checkPage('list', options, ['prefix', 'group', 'values']);
  checkListOptions(options);
  const { prefix, group, values = false } = options;
  const list = ['list', tenant, prefix, group];
  const after = decodeCursor(list, options.cursor);
  const registered = new Map(parts.registry.applicationConfigs().map(config => [config.configKey, config]));
  const wanted: Wanted = { tenant, prefix, group, after, registered };
  const inRedis = await readRedis(reader, wanted);
  const inDatabase = await readDatabase(parts, wanted, inRedis, limit + 1, values);
  const found = [...inRedis.filter(({ json }) => json !== undefined), ...inDatabase];
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  const items = found.slice(0, limit).map(each => toListed(each, registered.get(each.name), values));
  const end = items.at(-1);
  return { items, cursor: found.length > limit && end ? encodeCursor(list, end.name) : undefined };
}

function isWanted(key: string, { after, prefix, group, registered }: Wanted): boolean {
  if (after !== undefined && key <= after) return false;
  return beginsWith(key, prefix) && (group === undefined || registered.get(key)?.groups.includes(group) === true);
}

/** The configs that Redis has before the database does, or instead of it; also those that were unset there. */
async function readRedis(reader: Pick<RedisReader, 'present'>, wanted: Wanted): Promise<FoundConfig[]> {
  const asked = [...wanted.registered.values()].filter(
    ({ configKey, writePolicy, persistence }) =>
      (writePolicy === 'write-back' || persistence === 'none') && isWanted(configKey, wanted),
  );
  if (asked.length === 0) return [];
  const present = await reader.present(wanted.tenant, asked);
  return asked.flatMap(({ name, configKey }) => {
    const there = present.get(name);
    return there ? [{ ...there, name: configKey, size: Buffer.byteLength(there.json ?? '') }] : [];
  });
}

/** The rows that are set, without those that Redis has in a newer version. */
async function readDatabase(
  { orm, clock }: Pick<ConfigParts, 'orm' | 'clock'>,
  wanted: Wanted,
  inRedis: readonly FoundConfig[],
  limit: number,
  values: boolean,
): Promise<FoundConfig[]> {
  const { tenant, after, prefix, group, registered } = wanted;
  const named = group === undefined ? undefined : [...registered.keys()].filter(key => isWanted(key, wanted));
  if (named?.length === 0) return [];
  const conditions: object[] = [
    { name: { $nin: [GROUPS_NAME, GRANTS_NAME] } },
    { tenant, version: { $gt: 0 }, deletedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: clock() } }] },
  ];
  if (after !== undefined) conditions.push({ name: { $gt: after } });
  if (named) conditions.push({ name: { $in: named } });
  if (inRedis.length > 0) conditions.push({ name: { $nin: inRedis.map(({ name }) => name) } });
  if (prefix) conditions.push(nameRange(prefix));
  const fields = ['name', 'version', 'updatedAt', 'updatedBy', 'expiresAt', 'size', ...(values ? ['value'] : [])];
  const rows = await withinQuery(DATABASE_MS, 'Listing configs', signal =>
    findOwn(orm.em, Config, { $and: conditions }, { orderBy: { name: 'asc' }, fields, limit, signal }),
  ).catch(error => {
    throw withoutValues(error, 'Listing configs', TRY_AGAIN);
  });
  return rows.map(({ name, value, size, version, updatedAt, updatedBy, expiresAt }) => ({
    ...{ name, updatedBy, json: value ?? undefined, size: Number(size), version: Number(version) },
    ...{ updatedAt: Number(updatedAt), expiresAt: Number(expiresAt ?? 0), dirty: false },
  }));
}

function toListed(found: FoundConfig, definition: AnyConfig | undefined, values: boolean): ListedConfig {
  const { name, json, size, version, updatedAt, updatedBy, expiresAt, dirty } = found;
  return {
    name,
    config: definition?.name,
    groups: definition?.groups ?? [],
    version,
    updatedAt: new Date(updatedAt),
    updatedBy: updatedBy ?? undefined,
    expiresAt: expiresAt > 0 ? new Date(expiresAt) : undefined,
    size,
    dirty,
    ...(values && json !== undefined ? { value: maskSecret(definition, JSON.parse(json)) } : undefined),
  };
}

function checkListOptions({ prefix, group, values }: ListOptions): void {
  if (prefix !== undefined && (typeof prefix !== 'string' || prefix.length > NAME))
    refuseOption('prefix', `text of at most ${NAME} characters`, prefix);
  if (group !== undefined && typeof group !== 'string') refuseOption('group', 'the name of a group', group);
  if (values !== undefined && typeof values !== 'boolean') refuseOption('values', 'true or false', values);
}

function beginsWith(name: string, prefix: string | undefined): boolean {
  if (!prefix) return true;
  if (prefix.endsWith('*')) return name.startsWith(prefix.slice(0, -1));
  return name === prefix || name.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

/** The same condition for the database, as ranges of its index. */
function nameRange(prefix: string): object {
  const between = (from: string) => ({ name: from === '' ? { $gte: '' } : { $gte: from, $lt: afterPrefix(from) } });
  if (prefix.endsWith('*')) return between(prefix.slice(0, -1));
  if (prefix.endsWith('/')) return between(prefix);
  return { $or: [{ name: prefix }, between(`${prefix}/`)] };
}
