import { TenantryError } from '@tenantry/protocol';

/** Some of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor: string | undefined;
}

/** The page of a list that is all in memory; its cursor is the key of its last item. `keyOf` gives keys in the order of the list. */
export function pageOf<T>(
  list: readonly T[],
  keyOf: (item: T) => string,
  { limit = 100, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined } = {},
): Page<T> {
  const at = cursor === undefined ? -1 : list.findIndex(item => keyOf(item) === cursor);
  if (cursor !== undefined && at === -1)
    throw new TenantryError('INVALID_CURSOR', 'What the page before ended with is not there any more: begin again.');
  const items = list.slice(at + 1, at + 1 + limit);
  const last = items.at(-1);
  return { items, cursor: last !== undefined && list.length > at + 1 + items.length ? keyOf(last) : undefined };
}
