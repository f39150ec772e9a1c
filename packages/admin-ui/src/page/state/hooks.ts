import { type Signal, useSignal } from '@preact/signals';
import type { RouteId } from '@tenantry/admin-api';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type CallFailed, isGone } from '../api/problem.ts';
import type { AnswerOf, Asked } from '../api/request.ts';
import { addressOfCall } from '../api/request.ts';
import {
  askedList,
  type CursorList,
  emptied,
  type ListPage,
  nearsEnd,
  refreshed,
  withFailure,
  withPage,
} from '../paging/cursor-list.ts';
import type { Answer } from './answers.ts';
import { useApp } from './app.ts';

/** The answer to a question, kept fresh while the component is there. `reload` asks again. */
export function useAnswer<Id extends RouteId>(id: Id, asked: Asked = {}): Answer<Id> & { readonly reload: () => void } {
  const { answers } = useApp();
  const address = addressOfCall(id, asked).join(' ');
  // The address says all of the question.
  const entry = useMemo(() => answers.entry(id, asked), [answers, address]);
  useEffect(() => answers.hold(entry as never), [answers, entry]);
  return { ...entry.state.value, reload: () => void answers.load(entry as never) };
}

export interface Listing<T> {
  readonly list: CursorList<T>;
  readonly problem: CallFailed | undefined;
  /** Say which row is the last that is shown. */
  readonly shown: (last: number) => void;
  readonly retry: () => void;
}

type ItemOf<Id extends RouteId> = AnswerOf<Id> extends { items: (infer Item)[] } ? Item : never;

/** A list that reads its pages as they are looked at, and follows changes. */
export function useListing<Id extends RouteId>(id: Id, asked: Asked): Listing<ItemOf<Id>> {
  const { api, answers } = useApp();
  const question = addressOfCall(id, asked).join(' ');
  const list = useSignal(askedList<ItemOf<Id>>(question));
  const problem = useSignal<CallFailed | undefined>(undefined);
  const latest = useRef(asked);
  latest.current = asked;
  const read = async (cursor: string | undefined): Promise<ListPage<ItemOf<Id>> | undefined> => {
    const query = { limit: '200', ...latest.current.query, cursor };
    try {
      const page = await api.read(id, { ...latest.current, query });
      problem.value = undefined;
      return page?.answer as ListPage<ItemOf<Id>>;
    } catch (error) {
      problem.value = error as CallFailed;
      if (isGone(error as CallFailed)) list.value = emptied(list.peek(), question);
      return undefined;
    }
  };
  const more = async (): Promise<void> => {
    const { question: of, cursor } = list.peek();
    const page = await read(cursor);
    const now = list.peek();
    list.value = page ? withPage(now, { question: of, cursor }, page) : withFailure(now, { question: of, cursor });
  };
  // A new question, and nothing else, begins anew.
  useEffect(() => {
    if (list.peek().question !== question || list.peek().items.length === 0) {
      list.value = askedList(question, list.peek().items);
      void more();
    }
    return answers.holdList(() => void again(list, question, read));
  }, [question]);
  return {
    list: list.value,
    problem: problem.value,
    shown: last => {
      if (!nearsEnd(list.peek(), last)) return;
      list.value = { ...list.peek(), state: 'loading' };
      void more();
    },
    retry: () => {
      list.value = { ...list.peek(), state: 'loading' };
      void more();
    },
  };
}

/** Reads again what is there, page by page, and shows it when all of it has come. */
async function again<T>(
  list: Signal<CursorList<T>>,
  question: string,
  read: (cursor: string | undefined) => Promise<ListPage<T> | undefined>,
): Promise<void> {
  const wanted = list.peek().items.length;
  const pages: ListPage<T>[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    if (page === undefined) return;
    pages.push(page);
    cursor = page.cursor;
  } while (cursor !== undefined && pages.reduce((count, { items }) => count + items.length, 0) < wanted);
  if (list.peek().state !== 'loading') list.value = refreshed(list.peek(), question, pages);
}
