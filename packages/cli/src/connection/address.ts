import type { RouteId } from '@tenantry/admin-api';
import { PATHS } from '@tenantry/admin-api/paths';

/** What makes the address of a call: the names in the path (`scope` is `tenants/acme`), and the query. */
export interface Place {
  readonly names?: Readonly<Record<string, string | number>> | undefined;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
}

/** Method and address of a call, the address behind `/api/v1`. */
export function addressOf(id: RouteId, { names = {}, query = {} }: Place): readonly [method: string, path: string] {
  const [method = '', pattern = ''] = PATHS[id].split(' ');
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(names[name] ?? '');
    return name === 'scope' ? scopePath(value) : encodeURIComponent(value);
  });
  const asked = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) asked.set(key, String(value));
  const text = asked.toString();
  return [method, text === '' ? path : `${path}?${text}`];
}

/** `groups/eu/west` → `groups/eu%2Fwest`: one part of a path. */
function scopePath(scope: string): string {
  const slash = scope.indexOf('/');
  return slash === -1 ? scope : `${scope.slice(0, slash)}/${encodeURIComponent(scope.slice(slash + 1))}`;
}
