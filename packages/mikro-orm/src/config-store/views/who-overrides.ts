import type { AnyConfig, Scope } from '@tenantry/protocol';
import {
  chainOf,
  checkInherited,
  maskSecret,
  partAt,
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
import { readMemberships } from '../../scopes/read-layers.ts';
import { Config, type ConfigRow } from '../../tables/config-tables.ts';

/** Options of `whoOverrides`. */
export interface OverridesOptions extends PageOptions {
  /** Whose value is overridden: only scopes that inherit from it are listed. Default `global`. */
  readonly scope?: Scope | undefined;
  /** Only scopes that say something of this part of the value, a JSON Pointer. Default '': of any part. */
  readonly path?: string | undefined;
}

/** A scope with a value of its own. */
export interface Override {
  readonly scope: Scope;
  readonly version: number;
  /** What it says of the part, as it is stored; of a secret masked. Where it says something of a larger part, that. */
  readonly value: unknown;
}

const LIST_MS = 5_000;
const BATCH = 500;

/** The scopes below one that set the config themselves, in the order of their texts: groups first, then tenants. */
export async function whoOverrides(
  parts: ConfigParts,
  config: AnyConfig,
  options: OverridesOptions = {},
): Promise<Page<Override>> {
  checkRegistered(parts, config);
  checkInherited(config);
  const { limit } = checkPage('whoOverrides', options, ['scope', 'path']);
  const { scope = 'global', path = '' } = options;
  const above = tenantText(tenantOfScope(scope));
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/')))
    refuseOption('path', 'a JSON Pointer, "" or "/…"', path);
  const list = ['overrides', config.configKey, scope, path];
  const after = decodeCursor(list, options.cursor);
  const found = await withinQuery(LIST_MS, 'Looking for overrides', signal =>
    find(parts, config, { above, path, after, limit: limit + 1, signal }),
  ).catch(error => {
    throw withoutValues(error, 'Looking for overrides', TRY_AGAIN);
  });
  const items = found.slice(0, limit).map(({ tenant, version, value }) => ({
    scope: scopeOf(tenant),
    version,
    value: maskSecret(config, value),
  }));
  const last = found.length > limit ? found[limit - 1]?.tenant : undefined;
  return { items, cursor: last && encodeCursor(list, last) };
}

interface Found {
  readonly tenant: string;
  readonly version: number;
  readonly value: unknown;
}

async function find(
  parts: ConfigParts,
  config: AnyConfig,
  search: { above: string; path: string; after: string | undefined; limit: number; signal: AbortSignal },
): Promise<Found[]> {
  const em = internalFork(parts.orm, search.signal);
  const memberships = await readMemberships(parts, em, false);
  const found: Found[] = [];
  let { after = '' } = search;
  for (;;) {
    const now = parts.clock();
    const isSet = { name: config.configKey, deletedAt: null, version: { $gt: 0 } };
    const where = {
      $and: [isSet, { tenant: { $gt: after } }, { $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }] }],
    };
    const page = { fields: ['tenant', 'version', 'value'], orderBy: { tenant: 'asc' }, limit: BATCH };
    const rows: ConfigRow[] = await findOwn(em, Config, where, page);
    for (const { tenant, version, value } of rows) {
      if (tenant === search.above || !chainOf(tenant, memberships).includes(search.above)) continue;
      const part = partAt(JSON.parse(value ?? 'null'), search.path);
      if (part) found.push({ tenant, version: Number(version), value: part.value });
    }
    after = rows.at(-1)?.tenant ?? after;
    if (found.length >= search.limit || rows.length < BATCH) return found.slice(0, search.limit);
  }
}
