import type { Scope } from '@tenantry/protocol';
import { isPlainText, refuseOption, scopeOf } from '@tenantry/protocol/internal';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { decodeCursor, encodeCursor } from '../../paging/cursor.ts';
import { checkPage, type Page, type PageOptions } from '../../paging/page.ts';
import { readRowsOfOrigin } from './stored-rows.ts';

/** A config that is set, by the origin of its present version. */
export interface StoredOrigin {
  readonly scope: Scope;
  /** The config's name, `@groups` for the groups of the scope; of a config that is not registered here, its `configKey`. */
  readonly config: string;
  readonly version: number;
  readonly origin: string;
}

const READ_MS = 5_000;

/** One page of the configs whose present version has an origin that begins so. */
export async function storedOrigins(
  parts: Pick<ConfigParts, 'orm' | 'registry' | 'clock'>,
  prefix: string,
  options: PageOptions,
): Promise<Page<StoredOrigin>> {
  const { limit } = checkPage('withOrigin', options);
  if (!isPlainText(prefix) || prefix === '') refuseOption('prefix', 'text that is not empty, without U+0000', prefix);
  const list = ['with-origin', prefix];
  const after = decodeCursor(list, options.cursor);
  const [tenant = '', name = ''] = after === undefined ? [] : (JSON.parse(after) as [string, string]);
  const rows = await readRowsOfOrigin(parts, prefix, { tenant, name }, limit + 1, READ_MS);
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return {
    // A collation may take other letters for the same.
    items: items.flatMap(({ tenant: text, config, version, origin }) =>
      origin?.startsWith(prefix) ? { scope: scopeOf(text), config, version, origin } : [],
    ),
    cursor: last && encodeCursor(list, JSON.stringify([last.tenant, last.name])),
  };
}
