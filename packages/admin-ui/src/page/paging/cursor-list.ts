/** What a list has so far. Its pages come one after the other, each by the cursor of the one before. */
export interface CursorList<T> {
  /** Which question this answers. Answers to another one are late. */
  readonly question: string;
  readonly items: readonly T[];
  readonly cursor: string | undefined;
  readonly state: 'loading' | 'more' | 'complete' | 'failed';
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly cursor?: string | undefined;
}

/** A list that was asked for. `meanwhile`: what is shown until the first page is there. */
export function askedList<T>(question: string, meanwhile: readonly T[] = []): CursorList<T> {
  return { question, items: meanwhile, cursor: undefined, state: 'loading' };
}

/** The list with its next page. A page that answers another question, or comes twice, changes nothing. */
export function withPage<T>(list: CursorList<T>, asked: Asked, page: ListPage<T>): CursorList<T> {
  if (list.question !== asked.question || list.cursor !== asked.cursor || list.state !== 'loading') return list;
  const items = asked.cursor === undefined ? page.items : [...list.items, ...page.items];
  return { ...list, items, cursor: page.cursor, state: page.cursor === undefined ? 'complete' : 'more' };
}

export function withFailure<T>(list: CursorList<T>, asked: Asked): CursorList<T> {
  if (list.question !== asked.question || list.state !== 'loading') return list;
  return { ...list, items: asked.cursor === undefined ? [] : list.items, state: 'failed' };
}

/** Nothing of it may be seen any more. It is asked for again with the next change. */
export function emptied<T>(list: CursorList<T>, question: string): CursorList<T> {
  return list.question === question ? { question, items: [], cursor: undefined, state: 'failed' } : list;
}

export interface Asked {
  readonly question: string;
  readonly cursor: string | undefined;
}

/** Whether the rows that are shown come near the end of those that are there. */
export function nearsEnd<T>(list: CursorList<T>, lastShown: number, ahead = 50): boolean {
  return list.state === 'more' && lastShown + ahead >= list.items.length;
}

/** The first pages again, behind what is shown: the list is replaced only when they are there, so nothing flickers. */
export function refreshed<T>(list: CursorList<T>, question: string, pages: readonly ListPage<T>[]): CursorList<T> {
  if (list.question !== question || pages.length === 0) return list;
  const cursor = pages.at(-1)?.cursor;
  const items = pages.flatMap(page => page.items);
  return { question, items, cursor, state: cursor === undefined ? 'complete' : 'more' };
}
