import type { RouteId } from '@tenantry/admin-api';
import type { Page } from '@tenantry/mikro-orm';
import type { Call } from './call.ts';

const DEFAULT_LIMIT = 100;
/** So often a page is filled up; then it has fewer items than it may, and a cursor. */
const MOST_READS = 50;

interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

/** How many items the page may have. */
export function limitOf(call: Call): number {
  return ((call.query ?? {}) as PageQuery).limit ?? DEFAULT_LIMIT;
}

/** Where the page begins; `INVALID_CURSOR`. */
export function placeOf(call: Call): string | undefined {
  return call.cursors.open(listOf(call), ((call.query ?? {}) as PageQuery).cursor);
}

/** The page as it is answered. */
export function sealed<T>(call: Call, items: readonly T[], place: string | undefined): { items: T[]; cursor?: string } {
  const cursor = call.cursors.seal(listOf(call), place);
  return { items: [...items], ...(cursor !== undefined && { cursor }) };
}

/**
 * A page of what the caller may see: `keep` answers undefined for the rest. What is left out is not told from what is not there, but that a page
 * may be short.
 */
export async function visiblePage<Id extends RouteId, T, R>(
  call: Call<Id>,
  read: (options: { readonly limit: number; readonly cursor: string | undefined }) => Promise<Page<T>>,
  keep: (item: T) => R | undefined | Promise<R | undefined>,
): Promise<{ items: R[]; cursor?: string }> {
  const any = call as unknown as Call;
  const limit = limitOf(any);
  let cursor = placeOf(any);
  const items: R[] = [];
  for (let reads = 0; reads < MOST_READS; reads++) {
    const page = await read({ limit: limit - items.length, cursor });
    for (const item of page.items) {
      const kept = await keep(item);
      if (kept !== undefined) items.push(kept);
    }
    cursor = page.cursor;
    if (cursor === undefined || items.length >= limit) break;
  }
  return sealed(any, items, cursor);
}

function listOf({ id, scope, names, query, principal }: Call): readonly unknown[] {
  const { cursor: _, limit: __, ...filter } = (query ?? {}) as PageQuery & Record<string, unknown>;
  const asked = Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1));
  return [id, scope, names, asked, principal.id];
}
