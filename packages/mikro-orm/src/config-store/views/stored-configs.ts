import type { AnyConfig, Scope } from '@tenantry/protocol';
import {
  checkOptionNames,
  GROUPS_NAME,
  isPlainText,
  refuseOption,
  scopeOf,
  TRY_AGAIN,
  tenantOfScope,
  tenantText,
  withoutValues,
} from '@tenantry/protocol/internal';
import { checkRegistered } from '../../configs/check-registered.ts';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { internalFork } from '../../database/internal-fork.ts';
import { findOwn } from '../../database/own-queries.ts';
import { withinQuery } from '../../database/within-query.ts';
import { decodeCursor, encodeCursor } from '../../paging/cursor.ts';
import { checkPage, type Page, type PageOptions } from '../../paging/page.ts';
import { afterPrefix } from '../../paging/prefix-range.ts';
import { readMemberships } from '../../scopes/read-layers.ts';
import { Config } from '../../tables/config-tables.ts';
import type { RedisReader } from '../../write-back/redis-reader.ts';
import { StoredHistory } from './config-history.ts';
import { type StoredOrigin, storedOrigins } from './stored-origins.ts';
import { type KnownTexts, knownTexts, manyTexts, type StoredText, storedTexts } from './stored-texts.ts';

/** One scope of a config that is set in several. */
export interface StoredScope {
  readonly scope: Scope;
  readonly version: number;
  readonly json: string;
  /** When the value ends; undefined: never. */
  readonly expiresAt?: Date | undefined;
}

/** Options of `scopesOf`: which scopes the list has. */
export interface StoredScopesOptions extends PageOptions {
  /** Only scopes whose name begins with this: of a tenant `acme`, of a group `eu`. Default: all. */
  readonly prefix?: string | undefined;
}

/**
 * What is stored, secrets in clear: for programs that decide by themselves who may see it, as the admin does. Everything is read from the
 * primary. Errors as of `get` and `list`.
 */
export interface StoredConfigs {
  /** The configs of one scope, by name, with one SELECT; one that never was set is left out. */
  of(scope: Scope, configs: readonly AnyConfig[]): Promise<ReadonlyMap<string, StoredText>>;
  /**
   * The same for many scopes, with one SELECT for 200 of them, and with their groups under `@groups`. A scope of which nothing ever was set is
   * left out.
   */
  ofMany(
    scopes: readonly Scope[],
    configs: readonly AnyConfig[],
  ): Promise<ReadonlyMap<Scope, ReadonlyMap<string, StoredText>>>;
  /**
   * The texts of many scopes within the longest `databaseTimeout` of the configs, and also while Redis does not answer: then without the values
   * that Redis alone has, and `unsure` names their configs.
   */
  known(scopes: readonly Scope[], configs: readonly AnyConfig[]): Promise<KnownTexts>;
  /**
   * The configs and groups that are set in the database, whose present version has an origin that begins with this. The database looks through
   * all that is set.
   */
  withOrigin(prefix: string, options?: PageOptions): Promise<Page<StoredOrigin>>;
  /** The JSON text of one version; undefined: it had no value. `NOT_KEPT`, `NOT_FOUND`, `VERSION_NOT_FOUND`. */
  revision(scope: Scope, config: AnyConfig, version: number): Promise<string | undefined>;
  /** The groups that scopes are in, with their version; a scope that never was in one is left out. */
  groups(scopes: readonly Scope[]): Promise<ReadonlyMap<Scope, StoredGroups>>;
  /** The groups of every scope that is in one, or is one. */
  memberships(): Promise<ReadonlyMap<Scope, readonly string[]>>;
  /** The scopes in which a config is set in the database: the global one, then groups, then tenants. */
  scopesOf(config: AnyConfig, options?: StoredScopesOptions): Promise<Page<StoredScope>>;
}

/** The groups of one scope. */
export interface StoredGroups {
  /** Undefined: they were taken away; of a group: it was deleted. */
  readonly groups: readonly string[] | undefined;
  readonly version: number;
}

type Parts = Pick<ConfigParts, 'orm' | 'registry' | 'clock' | 'dialect' | 'groups'>;

const READ_MS = 5_000;

/** Reads what is stored, by the scope's text in a column. */
export function createStoredConfigs(parts: Parts, reader: Pick<RedisReader, 'present'>): StoredConfigs {
  return {
    of: async (scope, configs) => {
      const budgetMs = Math.max(0, ...configs.map(({ databaseTimeoutMs }) => databaseTimeoutMs));
      return (await storedTexts(parts, reader, [scope], configs, budgetMs)).get(scope) ?? new Map();
    },
    ofMany: (scopes, configs) => manyTexts(parts, reader, scopes, [...configs, parts.groups]),
    known: (scopes, configs) => knownTexts(parts, reader, scopes, configs),
    withOrigin: (prefix, options = {}) => storedOrigins(parts, prefix, options),
    async revision(scope, config, version) {
      const history = new StoredHistory(parts, tenantText(tenantOfScope(scope)));
      return (await history.stored(config, version)).value ?? undefined;
    },
    groups: scopes => storedGroups(parts, scopes),
    memberships: () => allGroups(parts),
    scopesOf: (config, options = {}) => storedScopes(parts, config, options),
  };
}

async function storedGroups({ orm }: Parts, scopes: readonly Scope[]): Promise<ReadonlyMap<Scope, StoredGroups>> {
  if (scopes.length === 0) return new Map();
  const texts = scopes.map(scope => tenantText(tenantOfScope(scope)));
  const fields = ['tenant', 'value', 'version', 'deletedAt'];
  const rows = await withinQuery(READ_MS, 'Reading groups', signal =>
    findOwn(orm.em, Config, { tenant: { $in: texts }, name: GROUPS_NAME, version: { $gt: 0 } }, { fields, signal }),
  ).catch(error => {
    throw withoutValues(error, 'Reading groups', TRY_AGAIN);
  });
  return new Map(
    rows.map(({ tenant, value, version, deletedAt }) => {
      const isThere = value !== null && value !== undefined && (deletedAt === null || deletedAt === undefined);
      const groups = isThere ? (JSON.parse(value) as readonly string[]) : undefined;
      return [scopeOf(tenant), { groups, version: Number(version) }];
    }),
  );
}

async function allGroups(parts: Parts): Promise<ReadonlyMap<Scope, readonly string[]>> {
  const found = await withinQuery(READ_MS, 'Reading groups', signal =>
    readMemberships(parts, internalFork(parts.orm, signal), false),
  ).catch(error => {
    throw withoutValues(error, 'Reading groups', TRY_AGAIN);
  });
  return new Map([...found].map(([tenant, groups]) => [scopeOf(tenant), groups]));
}

async function storedScopes(parts: Parts, config: AnyConfig, options: StoredScopesOptions): Promise<Page<StoredScope>> {
  checkRegistered(parts, config);
  const { limit } = checkPage('scopesOf', options, ['prefix']);
  checkOptionNames('scopesOf', options, ['limit', 'cursor', 'prefix']);
  const { prefix = '' } = options;
  if (!isPlainText(prefix)) refuseOption('prefix', 'text without U+0000', prefix);
  const list = ['scopes-of', config.configKey, prefix];
  const after = decodeCursor(list, options.cursor);
  const now = parts.clock();
  // A group is a tenant whose id begins with a blank.
  const named = [prefix, ` ${prefix}`].map(start => ({ tenant: { $gte: start, $lt: afterPrefix(start) } }));
  const conditions: object[] = [
    { name: config.configKey, deletedAt: null, version: { $gt: 0 }, value: { $ne: null } },
    { $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] },
  ];
  if (prefix !== '') conditions.push({ $or: named });
  if (after !== undefined) conditions.push({ tenant: { $gt: after } });
  const read = { fields: ['tenant', 'version', 'value', 'expiresAt'], orderBy: { tenant: 'asc' }, limit: limit + 1 };
  const rows = await withinQuery(READ_MS, 'Listing scopes', signal =>
    findOwn(parts.orm.em, Config, { $and: conditions }, { ...read, signal }),
  ).catch(error => {
    throw withoutValues(error, 'Listing scopes', TRY_AGAIN);
  });
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1)?.tenant : undefined;
  return {
    items: items.map(({ tenant, version, value, expiresAt }) => ({
      scope: scopeOf(tenant),
      version: Number(version),
      json: value as string,
      ...(expiresAt !== null && expiresAt !== undefined && { expiresAt: new Date(Number(expiresAt)) }),
    })),
    cursor: last && encodeCursor(list, last),
  };
}
