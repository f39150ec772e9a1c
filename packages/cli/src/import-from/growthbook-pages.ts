import { isObject } from '../json/is-object.ts';
import type { ImportNote, ImportSource } from './imported.ts';
import { readJson } from './look-into.ts';

interface Page {
  readonly offset: unknown;
  /** Where the next page begins; undefined: there is none. */
  readonly next: unknown;
  readonly total: unknown;
}

/** GrowthBook's API lists features page by page. A note for each page whose next page is in none of the files. */
export function notesOfPages(sources: readonly ImportSource[]): readonly ImportNote[] {
  const pages = sources.flatMap(({ text, file }) => pageOf(readJson(text, file)) ?? []);
  const unfollowed = pages.filter(
    ({ next, total }) => next !== undefined && !pages.some(other => other.offset === next && other.total === total),
  );
  return unfollowed.map(({ total }) => ({
    name: 'more features',
    message: `these are not all pages of a list of ${String(total ?? 'several')} features: import the others, too`,
  }));
}

function pageOf(content: unknown): Page | undefined {
  if (!isObject(content) || typeof content.hasMore !== 'boolean') return undefined;
  const { offset, hasMore, nextOffset, total } = content;
  return { offset, next: hasMore ? (nextOffset ?? 'not said') : undefined, total };
}
