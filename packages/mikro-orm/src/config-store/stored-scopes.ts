import { tenantId } from '@tenantry/protocol';
import {
  FIRST_TENANT_TEXT,
  GROUPS_NAME,
  groupOf,
  groupTenant,
  isPlainText,
  refuseOption,
  scopeOf,
  TRY_AGAIN,
  withoutValues,
} from '@tenantry/protocol/internal';
import type { ConfigParts } from '../configs/config-parts.ts';
import { internalFork } from '../database/internal-fork.ts';
import { findOwn } from '../database/own-queries.ts';
import { withinQuery } from '../database/within-query.ts';
import { decodeCursor, encodeCursor } from '../paging/cursor.ts';
import { checkPage, type Page, type PageOptions } from '../paging/page.ts';
import { afterPrefix } from '../paging/prefix-range.ts';
import { findMembers } from '../scopes/find-members.ts';
import { Config } from '../tables/config-tables.ts';
import type { ConfigScopes, GroupOptions } from './config-scopes.ts';
import type { TenantConfigs } from './tenant-configs.ts';

const LIST_MS = 5_000;

/** The groups of tenants and groups, as values of one config of theirs. `configsOf`: the store of a scope, by its text. */
export function createConfigScopes(
  parts: ConfigParts,
  configsOf: (tenant: string) => Pick<TenantConfigs, 'get' | 'set' | 'unset'>,
): ConfigScopes {
  const { orm, groups: config } = parts;
  const groupsOf = async (tenant: string) => (await configsOf(tenant).get(config))?.value;
  const put = (tenant: string, groups: readonly string[], options?: GroupOptions) =>
    configsOf(tenant).set(config, groups, options);

  return {
    get: async tenant => (await groupsOf(tenantId(tenant))) ?? [],
    set: async (tenant, groups, options) => put(tenantId(tenant), groups, options),
    getGroup: async name => groupsOf(groupTenant(name)),
    setGroup: async (name, groups = [], options) => put(groupTenant(name), groups, options),
    deleteGroup: async (name, options) => configsOf(groupTenant(name)).unset(config, options),

    async groups(options = {}) {
      const { prefix = '', ...page } = options;
      if (!isPlainText(prefix)) refuseOption('prefix', 'text without U+0000', prefix);
      const toItem = (text: string) => groupOf(text) as string;
      return pageOf(['groups', prefix], page, 'groups', toItem, async (limit, after, signal) => {
        // A group is a tenant whose id begins with a blank.
        const start = ` ${prefix}`;
        const range = { $gte: start, $lt: prefix === '' ? FIRST_TENANT_TEXT : afterPrefix(start) };
        const tenant = after === undefined ? range : { ...range, $gt: after };
        const found = { fields: ['tenant'], orderBy: { tenant: 'asc' }, limit, signal };
        const rows = await findOwn(orm.em, Config, { tenant, name: GROUPS_NAME, deletedAt: null }, found);
        return rows.map(row => row.tenant);
      });
    },

    async members(group, options = {}) {
      groupTenant(group);
      return pageOf(['members', group], options, 'members', scopeOf, (limit, after, signal) =>
        findMembers(internalFork(orm), { group, limit, after, signal }),
      );
    },
  };
}

async function pageOf<T>(
  list: readonly string[],
  options: PageOptions,
  whose: string,
  toItem: (text: string) => T,
  read: (limit: number, after: string | undefined, signal: AbortSignal) => Promise<readonly string[]>,
): Promise<Page<T>> {
  const { limit } = checkPage(whose, options);
  const after = decodeCursor(list, options.cursor);
  const texts = await withinQuery(LIST_MS, 'Listing groups', signal => read(limit + 1, after, signal)).catch(error => {
    throw withoutValues(error, 'Listing groups', TRY_AGAIN);
  });
  const last = texts.length > limit ? texts[limit - 1] : undefined;
  return { items: texts.slice(0, limit).map(toItem), cursor: last && encodeCursor(list, last) };
}
