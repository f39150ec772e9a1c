import type { Page } from '../../paging/page.ts';

/** Every page of a list. */
export async function pages<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[][]> {
  const found: T[][] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    found.push([...page.items]);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < 100);
  return found;
}
