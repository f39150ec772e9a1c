import { FIRST_TENANT_TEXT, isPlainText, refuseOption, TRY_AGAIN, withoutValues } from '@tenantry/protocol/internal';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { selectOwn } from '../../database/own-queries.ts';
import { ownTable } from '../../database/own-table.ts';
import { withinQuery } from '../../database/within-query.ts';
import { decodeCursor, encodeCursor } from '../../paging/cursor.ts';
import { checkPage, type Page, type PageOptions } from '../../paging/page.ts';
import { afterPrefix } from '../../paging/prefix-range.ts';

/** Options of `tenants`: which tenants the list has. */
export interface TenantsOptions extends PageOptions {
  /** Only ids that begin with these characters; none of them is a wildcard. Default: all. */
  readonly prefix?: string | undefined;
}

const DATABASE_MS = 5_000;

/**
 * The tenants that have anything set in the database, in the order of bytes. The database takes one step of the index for
 * each tenant, however many configs the tenant has.
 */
export async function listTenants(
  { orm, clock }: Pick<ConfigParts, 'orm' | 'clock'>,
  options: TenantsOptions = {},
): Promise<Page<string>> {
  const table = ownTable(orm, 'config');
  const { limit } = checkPage('tenants', options, ['prefix']);
  const { prefix = '' } = options;
  if (!isPlainText(prefix)) refuseOption('prefix', 'text without U+0000', prefix);
  const list = ['tenants', prefix];
  let last = decodeCursor(list, options.cursor);
  // No tenant's id begins with a blank.
  if (prefix.startsWith(' ')) return { items: [], cursor: undefined };
  const found: string[] = [];
  // A tenant that has unset everything is still in the index, and is passed over.
  for (let isMore = true; isMore && found.length <= limit; ) {
    const some = await readSome(last);
    found.push(...some.filter(({ is_set }) => Number(is_set) === 1).map(({ tenant }) => tenant));
    isMore = some.length > limit;
    last = some.at(-1)?.tenant;
  }
  const items = found.slice(0, limit);
  const end = items.at(-1);
  return { items, cursor: found.length > limit && end ? encodeCursor(list, end) : undefined };

  function readSome(after: string | undefined): Promise<{ tenant: string; is_set: number | string }[]> {
    const conditions: string[] = [];
    const params: unknown[] = [];
    const where = (condition: string, value: string) => {
      conditions.push(condition);
      params.push(value);
    };
    if (after !== undefined) where('tenant > ?', after);
    // Groups and what is set for all tenants come before the first tenant.
    else if (prefix === '') where('tenant >= ?', FIRST_TENANT_TEXT);
    // No id ends with a blank, and MySQL takes `a` and `a ` for one.
    else where(prefix.endsWith(' ') ? 'tenant > ?' : 'tenant >= ?', prefix);
    const end = afterPrefix(prefix);
    if (end !== undefined) where('tenant < ?', end);
    const sql = `select t.tenant as tenant, exists (
        select 1 from ${table} c
        where c.tenant = t.tenant and c.version > 0 and c.deleted_at is null and (c.expires_at is null or c.expires_at > ?)
      ) as is_set
      from (
        select distinct tenant from ${table} ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
        order by tenant limit ${limit + 1}
      ) t order by t.tenant`;
    const ctx = orm.em.getTransactionContext();
    return withinQuery(DATABASE_MS, 'Listing tenants', signal =>
      selectOwn<{ tenant: string; is_set: number | string }>(orm.em, sql, [clock(), ...params], ctx, signal),
    ).catch(error => {
      throw withoutValues(error, 'Listing tenants', TRY_AGAIN);
    });
  }
}
