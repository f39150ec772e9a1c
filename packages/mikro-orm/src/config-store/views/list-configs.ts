import type { AnyConfig } from '@tenantry/protocol';
import { refuseOption, withoutValues } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { maskSecret } from '../../configs/secret-mask.ts';
import { checkPage, decodeCursor, encodeCursor } from '../../paging/cursor.ts';
import { afterPrefix } from '../../paging/prefix-range.ts';
import { Config, type ConfigRow } from '../../tables/config-tables.ts';
import type { WriteBack } from '../../write-back/write-back.ts';
import type { Page, PageOptions } from '../config-store.ts';

/** Which configs a list has. */
export interface ListOptions extends PageOptions {
  /**
   * Only names of which this is the beginning, in whole parts: `app/db` finds `app/db` and `app/db/host`, not `app/dbx`. With a
   * `*` at its end in characters: `app/db*` finds all three.
   */
  readonly prefix?: string | undefined;
  /** Only what is registered with this group. */
  readonly group?: string | undefined;
  /** With the stored values; those of secrets, and of what is not registered, masked. Default false. */
  readonly values?: boolean | undefined;
}

/** A config that is set. */
export interface ListedConfig {
  /** The name of its rows: the definition's `configKey`. */
  readonly name: string;
  /** The name of the registered config it belongs to; undefined: none here. */
  readonly config: string | undefined;
  readonly groups: readonly string[];
  readonly version: number;
  readonly updatedAt: Date;
  readonly updatedBy: string | undefined;
  readonly expiresAt: Date | undefined;
  /** Of its JSON text, in bytes. */
  readonly size: number;
  /** Not in the database, or not as it is now: an acknowledged write-back. */
  readonly dirty: boolean;
  /** As it is stored, the schema's input. Only with `values`. */
  readonly value?: unknown;
}

const DATABASE_MS = 2_000;
const NAME = 120;

/**
 * A tenant's set configs by name, in the order of bytes. What only Redis has is at its place among them.
 * Each page is read as things stand then: what is set or unset between two pages may be missed, nothing is given twice.
 */
export async function listConfigs(
  parts: Pick<ConfigParts, 'orm' | 'registry' | 'clock'>,
  writeBack: Pick<WriteBack, 'present'>,
  tenant: string,
  options: ListOptions = {},
): Promise<Page<ListedConfig>> {
  const { limit } = checkPage('list', options, ['prefix', 'group', 'values']);
  const { prefix, group, values = false } = options;
  checkListOptions(options);
  const list = ['list', tenant, prefix, group];
  const last = decodeCursor(list, options.cursor);
  const byKey = new Map(parts.registry.configs().map(({ definition }) => [definition.configKey, definition]));
  const isWanted = (key: string) =>
    (last === undefined || key > last) &&
    beginsWith(key, prefix) &&
    (group === undefined || byKey.get(key)?.groups.includes(group) === true);

  const inRedis = [...byKey.values()].filter(
    ({ configKey, writePolicy, persistence }) =>
      (writePolicy === 'write-back' || persistence === 'none') && isWanted(configKey),
  );
  const present = inRedis.length > 0 ? await writeBack.present(tenant, inRedis) : new Map<string, never>();
  const listed = [...present].flatMap(([name, { json, version, updatedAt, updatedBy, expiresAt, dirty }]) => {
    const definition = inRedis.find(each => each.name === name);
    if (!definition || json === undefined) return [];
    const size = Buffer.byteLength(json);
    return toListed(definition.configKey, definition, { json, size, version, updatedAt, updatedBy, expiresAt, dirty });
  });

  const known = inRedis.filter(({ name }) => present.has(name)).map(({ configKey }) => configKey);
  const named = group === undefined ? undefined : [...byKey.keys()].filter(isWanted);
  const rows = named?.length === 0 ? [] : await readRows();
  for (const row of rows) {
    const { name, value, size, version, updatedAt, updatedBy, expiresAt } = row;
    const facts = {
      json: value ?? undefined,
      size: Number(size),
      version: Number(version),
      updatedAt: Number(updatedAt),
    };
    listed.push(
      toListed(name, byKey.get(name), { ...facts, updatedBy, expiresAt: Number(expiresAt ?? 0), dirty: false }),
    );
  }
  listed.sort((a, b) => (a.name < b.name ? -1 : 1));
  const items = listed.slice(0, limit);
  const end = items.at(-1);
  return { items, cursor: listed.length > limit && end ? encodeCursor(list, end.name) : undefined };

  async function readRows(): Promise<ConfigRow[]> {
    const { orm, clock } = parts;
    const conditions: object[] = [
      { tenant, version: { $gt: 0 }, deletedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: clock() } }] },
    ];
    if (last !== undefined) conditions.push({ name: { $gt: last } });
    if (named) conditions.push({ name: { $in: named } });
    if (known.length > 0) conditions.push({ name: { $nin: known } });
    if (prefix) conditions.push(nameRange(prefix));
    const fields = ['name', 'version', 'updatedAt', 'updatedBy', 'expiresAt', 'size', ...(values ? ['value'] : [])];
    const reading = orm.em.getDriver().find(Config, { $and: conditions } as never, {
      ctx: orm.em.getContext(false).getTransactionContext(),
      connectionType: 'write',
      orderBy: { name: 'asc' },
      fields: fields as never,
      limit: limit + 1,
    });
    const found = await within(DATABASE_MS, 'Listing configs', reading).catch(error => {
      throw withoutValues(error, 'Listing configs');
    });
    return found as ConfigRow[];
  }

  function toListed(
    name: string,
    definition: AnyConfig | undefined,
    facts: {
      readonly json: string | undefined;
      readonly size: number;
      readonly version: number;
      readonly updatedAt: number;
      readonly updatedBy: string | null;
      readonly expiresAt: number;
      readonly dirty: boolean;
    },
  ): ListedConfig {
    const { json, size, version, updatedAt, updatedBy, expiresAt, dirty } = facts;
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

/** The same for the database, as ranges of its index. */
function nameRange(prefix: string): object {
  const between = (from: string) => ({ name: from === '' ? { $gte: '' } : { $gte: from, $lt: afterPrefix(from) } });
  if (prefix.endsWith('*')) return between(prefix.slice(0, -1));
  if (prefix.endsWith('/')) return between(prefix);
  return { $or: [{ name: prefix }, between(`${prefix}/`)] };
}
