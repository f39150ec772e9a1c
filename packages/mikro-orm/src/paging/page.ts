import { checkOptionNames, checkWholeOption } from '@tenantry/protocol/internal';

/** Options of a list. */
export interface PageOptions {
  /** At most so many, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined;
  /** The `cursor` of the page before. Opaque, and good only for the same list. */
  readonly cursor?: string | undefined;
}

/** Some of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined on the last page. */
  readonly cursor: string | undefined;
}

const MOST = 1_000;
const DEFAULT_LIMIT = 100;

/** Throws `INVALID_OPTION` for an option that the list does not have, and for a limit that is not 1 to 1,000. */
export function checkPage(whose: string, options: PageOptions, others: readonly string[] = []): { limit: number } {
  checkOptionNames(whose, options, ['limit', 'cursor', ...others]);
  checkWholeOption('limit', options.limit, 1, MOST);
  return { limit: options.limit ?? DEFAULT_LIMIT };
}
