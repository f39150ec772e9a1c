import { describe, expect, it } from 'vitest';
import { askedList, emptied, nearsEnd, refreshed, withFailure, withPage } from './cursor-list.ts';

const asked = (question: string, cursor?: string) => ({ question, cursor });

describe('a list by cursors', () => {
  it('grows page by page, and is complete with the page that has no cursor', () => {
    const first = withPage(askedList<number>('q'), asked('q'), { items: [1, 2], cursor: 'c' });
    expect(first).toMatchObject({ items: [1, 2], state: 'more' });
    const second = withPage({ ...first, state: 'loading' }, asked('q', 'c'), { items: [3] });
    expect(second).toMatchObject({ items: [1, 2, 3], state: 'complete' });
  });

  it('takes no answer to another question, and none twice', () => {
    const list = askedList<number>('new');
    expect(withPage(list, asked('old'), { items: [9] })).toBe(list);
    const first = withPage(list, asked('new'), { items: [1], cursor: 'c' });
    expect(withPage(first, asked('new'), { items: [1], cursor: 'c' })).toBe(first);
    expect(withFailure(list, asked('old'))).toBe(list);
  });

  it('shows the answer before until the first page of the next one is there, or has failed', () => {
    const list = askedList('new', [1, 2]);
    expect(withPage(list, asked('new'), { items: [3] }).items).toEqual([3]);
    expect(withFailure(list, asked('new')).items).toEqual([]);
  });

  it('keeps nothing of what may not be seen any more, and has it again with the next answer', () => {
    const list = { question: 'q', items: [1, 2], cursor: 'c', state: 'more' } as const;
    expect(emptied(list, 'q')).toMatchObject({ items: [], state: 'failed' });
    expect(emptied(list, 'other')).toBe(list);
    expect(withFailure(emptied(list, 'q'), asked('q', 'c')).items).toEqual([]);
    expect(refreshed(emptied<number>(list, 'q'), 'q', [{ items: [1] }])).toMatchObject({
      items: [1],
      state: 'complete',
    });
  });

  it('asks for more before its end is reached, once', () => {
    const list = { question: 'q', items: Array(200).fill(0), cursor: 'c', state: 'more' } as const;
    expect([nearsEnd(list, 100), nearsEnd(list, 160)]).toEqual([false, true]);
    expect(nearsEnd({ ...list, state: 'loading' }, 199)).toBe(false);
  });

  it('is replaced as a whole when it is read again', () => {
    const list = { question: 'q', items: [1, 2, 3], cursor: undefined, state: 'complete' } as const;
    const pages = [{ items: [1, 5], cursor: 'd' }, { items: [6] }];
    expect(refreshed(list, 'q', pages)).toMatchObject({ items: [1, 5, 6], state: 'complete' });
    expect(refreshed(list, 'other', pages)).toBe(list);
  });
});
