/** A scope as the API writes it. */
export type ScopeText = 'global' | `groups/${string}` | `tenants/${string}`;

export type Query = Readonly<Record<string, string>>;

const LISTS = ['tenants', 'configs', 'groups', 'operations', 'audit', 'grants'] as const;

/** A page that needs no names: one type for each, so that each page can say which one it is of. */
type PlainAddress<Page> = Page extends string ? { readonly page: Page; readonly query: Query } : never;

/** What the page shows. Everything that one can see has an address, and an address is enough to see it again. */
export type Address =
  | PlainAddress<(typeof LISTS)[number]>
  | { readonly page: 'scope'; readonly scope: ScopeText; readonly query: Query }
  | { readonly page: 'config'; readonly scope: ScopeText; readonly config: string; readonly query: Query }
  | { readonly page: 'records'; readonly scope: ScopeText; readonly entity: string; readonly query: Query }
  | { readonly page: 'matrix'; readonly config: string; readonly query: Query }
  | { readonly page: 'unknown'; readonly query: Query };

/** The addresses of one page. */
export type AddressOf<Page extends Address['page']> = Extract<Address, { readonly page: Page }>;

/** Reads the part of an address behind the page's base. Paths that nothing has are `unknown`. */
export function readAddress(path: string, query: Query): Address {
  const parts = path.split('/').filter(Boolean).map(safeDecode);
  if (parts.includes(undefined)) return { page: 'unknown', query };
  const [first, second, third, fourth, more] = parts as string[];
  if (first === undefined) return { page: 'tenants', query };
  if (more !== undefined) return { page: 'unknown', query };
  if (first === 'global') return inScope('global', second, third, fourth, query);
  if ((first === 'tenants' || first === 'groups') && second !== undefined)
    return inScope(`${first}/${second}`, third, fourth, undefined, query);
  if (first === 'configs' && second !== undefined && third === undefined)
    return { page: 'matrix', config: second, query };
  const list = LISTS.find(name => name === first);
  return list === undefined || second !== undefined ? { page: 'unknown', query } : ({ page: list, query } as Address);
}

function inScope(
  scope: ScopeText,
  word: string | undefined,
  name: string | undefined,
  more: string | undefined,
  query: Query,
): Address {
  if (word === undefined) return { page: 'scope', scope, query };
  if (more !== undefined) return { page: 'unknown', query };
  if (word === 'entities' && name !== undefined) return { page: 'records', scope, entity: name, query };
  if (word !== 'configs') return { page: 'unknown', query };
  return name === undefined ? { page: 'scope', scope, query } : { page: 'config', scope, config: name, query };
}

/** The other way: begins with `/`, and names are encoded. Empty values of the query are left out. */
export function writeAddress(address: Address): string {
  return pathOfAddress(address) + queryText(address.query);
}

function pathOfAddress(address: Address): string {
  switch (address.page) {
    case 'scope':
      return `/${scopePath(address.scope)}`;
    case 'config':
      return `/${scopePath(address.scope)}/configs/${encodeURIComponent(address.config)}`;
    case 'records':
      return `/${scopePath(address.scope)}/entities/${encodeURIComponent(address.entity)}`;
    case 'matrix':
      return `/configs/${encodeURIComponent(address.config)}`;
    case 'unknown':
      return '/';
    default:
      return `/${address.page}`;
  }
}

/** `groups/eu/west` → `groups/eu%2Fwest`: as it stands in a path. */
export function scopePath(scope: string): string {
  const slash = scope.indexOf('/');
  return slash < 0 ? scope : `${scope.slice(0, slash)}/${encodeURIComponent(scope.slice(slash + 1))}`;
}

/** The name in a scope: `acme` of `tenants/acme`. */
export function scopeName(scope: string): string {
  const slash = scope.indexOf('/');
  return slash < 0 ? scope : scope.slice(slash + 1);
}

export function isScope(text: string): text is ScopeText {
  return text === 'global' || /^(groups|tenants)\/./.test(text);
}

export function queryText(query: Readonly<Record<string, string | undefined>>): string {
  const kept = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return kept.length === 0 ? '' : `?${new URLSearchParams(kept)}`;
}

function safeDecode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
